import { describe, expect, it } from 'vitest';
import { orderKey } from '../../../contracts/entities/order.ts';
import type { ReservationState } from '../../../contracts/entities/reservation.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { importedOrderId, importOrder } from '../../../pipelines/orders/import-order.ts';
import { importedOrder } from '../../builders/imports/imports.ts';
import { modelTable, TABLE } from '../../builders/model-table.ts';
import { reservationItem, STATUS_PARTITIONS } from '../../builders/values/items.ts';

const source = importedOrder();
const orderId = importedOrderId(source.userId, source.sourceId, source.placedAt);

/** A table with a reservation that an order of the source left, and the import into it. */
function importOn(state: ReservationState) {
  const { dynamoDb, database } = modelTable(reservationItem({ orderId, state }));
  const deps = { dynamoDb, tableName: TABLE, clock, statusPartitions: STATUS_PARTITIONS };
  const { pk, sk } = orderKey(source.userId, orderId);
  return {
    run: (order = source) => importOrder(deps, order),
    hasOrder: () => database.item(TABLE, { pk: { S: pk }, sk: { S: sk } }) !== undefined,
  };
}

describe('an order that was imported before and removed', () => {
  it('is not written while the removed one holds stock: its goods may have left', async () => {
    const { run, hasOrder } = importOn('RESERVED');
    expect(await run()).toBe('still-reserved');
    expect(hasOrder()).toBe(false);
  });

  it.each(['RELEASED', 'REJECTED'] as const)('is written again once its stock is %s', async (state) => {
    const { run, hasOrder } = importOn(state);
    expect(await run()).toBe('written');
    expect(hasOrder()).toBe(true);
  });
});
