import { describe, expect, it } from 'vitest';
import type { ReservationItem } from '../../../contracts/entities/reservation.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { changeOrderStatus } from '../../../pipelines/orders/change-order-status.ts';
import { StockNotReservedError } from '../../../pipelines/request-errors.ts';
import { modelTable, TABLE } from '../../builders/model-table.ts';
import { orderItem, reservationItem } from '../../builders/values/items.ts';

const order = orderItem();
const confirm = (reservation: ReservationItem) => {
  const { dynamoDb } = modelTable(order, reservation);
  const { userId, orderId } = order;
  const command = { userId, orderId, status: 'confirmed', byOwner: false } as const;
  return changeOrderStatus({ dynamoDb, tableName: TABLE, clock }, command);
};

describe('an order', () => {
  it.each([0, 1])('is confirmed by a reservation for its version, or for one %s later', async (later) => {
    const reservation = reservationItem({ orderVersion: order.version + later });
    expect(await confirm(reservation)).toMatchObject({ status: 'confirmed' });
  });

  it('is not confirmed by what an older version reserved: that may be of an order that was removed', async () => {
    const reservation = reservationItem({ orderVersion: order.version - 1 });
    await expect(confirm(reservation)).rejects.toThrow(StockNotReservedError);
  });
});
