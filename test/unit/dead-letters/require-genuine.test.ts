import { describe, expect, it } from 'vitest';
import { CountedOrderItem, countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { OrderId } from '../../../contracts/ids.ts';
import type { OrderStatus } from '../../../contracts/order-status.ts';
import {
  RecordNotOfTableError,
  RemovalNotProcessedError,
  requireGenuine,
} from '../../../pipelines/dead-letters/replay/require-genuine.ts';
import { modelTable, TABLE } from '../../builders/model-table.ts';
import { orderChange } from '../../builders/stream/order-life.ts';
import { insertOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';

const VERSION = 1_772_366_400_000_000;
const NEXT = VERSION + 1;
const orderId = OrderId.parse('01KJMSY7G00000000000000001');
const placed = orderItem({ version: VERSION });
const confirmed = orderItem({ version: NEXT, status: 'confirmed' });

type Known = readonly { readonly version: number; readonly status?: OrderStatus }[];

/** The order as the stats have counted it. */
const counted = (orderVersion: number, versions?: Known): CountedOrderItem =>
  CountedOrderItem.parse({
    ...countedOrderKey(orderId),
    entityType: 'Tally',
    orderId,
    orderVersion,
    createdAt: placed.createdAt,
    updatedAt: placed.updatedAt,
    version: 1,
    ...(versions && { versions: versions.map((one) => ({ ...one, at: placed.updatedAt })) }),
  });

/** Whether a record is taken for genuine where the table has these items. */
const required = (record: Parameters<typeof orderChange>[0], ...items: readonly ItemKey[]) =>
  requireGenuine(orderChange(record), { dynamoDb: modelTable(...items).dynamoDb, tableName: TABLE });

describe('a record of an order that is there', () => {
  it('is genuine at the version of the order, with what the order has', async () => {
    await expect(required(insertOf(placed), placed)).resolves.toBeUndefined();
  });

  it.each([
    ['its status', orderItem({ version: VERSION, status: 'cancelled' })],
    ['its lines', orderItem({ version: VERSION, lines: [orderLine({ quantity: 1 })] })],
    ['its total', orderItem({ version: VERSION, lines: [orderLine({ amount: 1 })] })],
    ['its currency', orderItem({ version: VERSION, currency: 'USD' })],
  ])('is not of the table where %s is another at the same version', async (_, forged) => {
    const refused = required(insertOf(forged), placed);
    await expect(refused).rejects.toThrow(RecordNotOfTableError);
    await expect(refused).rejects.toMatchObject({
      code: 'record-not-of-table',
      issues: [{ path: 'NewImage.version' }],
    });
  });

  it('is not of the table at a version above that of the order', async () => {
    await expect(required(insertOf(confirmed), placed)).rejects.toMatchObject({
      issues: [{ path: 'NewImage.version', message: 'is above that of the item' }],
    });
  });

  it('is not of the table where it removes the order', async () => {
    await expect(required(removeOf(placed), placed)).rejects.toThrow(RecordNotOfTableError);
  });

  it('is not of the table where it removes the order at the version that the order has', async () => {
    await expect(required(removeOf(placed), confirmed)).rejects.toThrow(RecordNotOfTableError);
  });

  it('is taken at a version that the order has passed', async () => {
    await expect(required(insertOf(placed), confirmed)).resolves.toBeUndefined();
  });

  it('is not of the table where that version was counted with another status', async () => {
    const versions = [{ version: VERSION, status: 'cancelled' as const }];
    const refused = required(insertOf(placed), confirmed, counted(NEXT, versions));
    await expect(refused).rejects.toMatchObject({ issues: [{ path: 'NewImage.status' }] });
  });

  it('is not of the table where it removes a version that was counted with a status', async () => {
    const versions = [{ version: NEXT, status: 'confirmed' as const }];
    await expect(required(removeOf(placed), confirmed, counted(NEXT, versions))).rejects.toMatchObject({
      issues: [{ path: 'NewImage.status' }],
    });
  });

  it('is not decided by an item whose version cannot be read', async () => {
    await expect(
      required(removeOf(placed), Object.assign({}, placed, { version: 0.5 })),
    ).resolves.toBeUndefined();
  });

  it('is taken where that version was counted with its status', async () => {
    const versions = [
      { version: NEXT, status: 'confirmed' as const },
      { version: VERSION, status: 'placed' as const },
    ];
    await expect(required(insertOf(placed), confirmed, counted(NEXT, versions))).resolves.toBeUndefined();
  });

  it('is not decided by an item that violates its contract', async () => {
    await expect(
      required(insertOf(placed), Object.assign({}, placed, { total: 'many' })),
    ).resolves.toBeUndefined();
  });
});

describe('a record of an order that is deleted', () => {
  it('waits for its removal where nothing of it was counted', async () => {
    await expect(required(insertOf(placed))).rejects.toThrow(RemovalNotProcessedError);
  });

  it('waits where no later version was counted', async () => {
    await expect(required(insertOf(placed), counted(VERSION))).rejects.toThrow(RemovalNotProcessedError);
  });

  it('is taken where a later version was counted', async () => {
    await expect(required(insertOf(placed), counted(NEXT))).resolves.toBeUndefined();
  });

  it('is taken where its version was counted with its status', async () => {
    const versions = [{ version: VERSION, status: 'placed' as const }];
    await expect(required(insertOf(placed), counted(VERSION, versions))).resolves.toBeUndefined();
  });

  it('is taken where it is the removal', async () => {
    await expect(required(removeOf(placed))).resolves.toBeUndefined();
  });
});
