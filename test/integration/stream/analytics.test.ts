import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import type { DailyStatsItem } from '../../../contracts/entities/daily-stats.ts';
import { dailyStatsKey } from '../../../contracts/entities/daily-stats.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { Day } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { ContractViolationError, SinkRefusedError } from '../../../pipelines/errors.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { countersOf, recount } from '../../../pipelines/order-events/analytics/recount.ts';
import type { ChangeOf } from '../../../pipelines/stream/stream-change.ts';
import { deliveriesOf } from '../../builders/stream/deliveries.ts';
import { orderChange, orderIdOf, orderLife, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { dynamoDbWithConflicts } from '../parts/conflicting-client.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const RUNS = 20;

let table: TestTable;
let analytics: OrderAnalytics;

async function startOnFreshTable(): Promise<void> {
  const dynamoDb = localDynamoDb();
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  analytics = new OrderAnalytics({ dynamoDb, tableName: table.tableName, clock: systemClock });
}
beforeEach(startOnFreshTable);

const handle = (change: ChangeOf<'Order'>): Promise<void> =>
  analytics.handle(change, new AbortController().signal);
const placed = (order: OrderItem) => orderChange(insertOf(order));
const orderNumber = (number: number, overrides: { createdAt?: string } = {}) =>
  orderItem({ orderId: orderIdOf(number), ...overrides });

async function stats() {
  const items = await table.all();
  return countersOf(items.filter((item): item is DailyStatsItem => item.entityType === 'DailyStats'));
}

describe('the daily stats', () => {
  it('count an order that is placed', async () => {
    await handle(placed(orderItem()));
    expect(await stats()).toEqual(recount([orderItem()]));
  });

  it('count it once when its record is delivered again', async () => {
    await handle(placed(orderItem()));
    await handle(placed(orderItem()));
    expect(await stats()).toEqual(recount([orderItem()]));
  });

  it('are not written again when its record is delivered again', async () => {
    await handle(placed(orderItem()));
    const before = await table.all();
    await handle(placed(orderItem()));
    expect(await table.all()).toEqual(before);
  });

  it('count it once when its record is handled twice in one batch', async () => {
    await Promise.all([handle(placed(orderItem())), handle(placed(orderItem()))]);
    expect(await stats()).toEqual(recount([orderItem()]));
  });

  it('count it under its new status', async () => {
    const confirmed = withStatus(orderItem(), 'confirmed');
    await handle(placed(orderItem()));
    await handle(orderChange(modifyOf(orderItem(), confirmed)));
    expect(await stats()).toEqual(recount([confirmed]));
  });

  it('hold nothing of it once it is removed', async () => {
    for (const change of orderLife(orderItem(), 'confirmed')) await handle(change);
    expect(await stats()).toEqual(recount([]));
  });

  it('hold nothing of it once it expired, as a recount of the table does not', async () => {
    const delivered = withStatus(orderItem(), 'delivered');
    await handle(placed(orderItem()));
    await handle(orderChange(modifyOf(orderItem(), delivered)));
    await handle(orderChange(removeOf(delivered, { expired: true })));
    expect(await stats()).toEqual(recount([]));
  });

  it('hold nothing of it when its records come after its removal', async () => {
    await handle(orderChange(removeOf(orderItem())));
    await handle(placed(orderItem()));
    expect(await stats()).toEqual(recount([]));
  });

  it('count it again when it is created again after its removal', async () => {
    const again = orderItem({ version: orderItem().version + 100 });
    for (const change of [...orderLife(orderItem()), placed(again)]) await handle(change);
    expect(await stats()).toEqual(recount([again]));
  });

  it('have a version that rises with each write, and the time of the first', async () => {
    const key = dailyStatsKey(Day.parse('2026-03-01'));
    await handle(placed(orderNumber(1)));
    const first = await table.get(key);
    await handle(placed(orderNumber(2)));
    const second = await table.get(key);
    expect(second).toMatchObject({
      createdAt: first?.['createdAt'],
      version: Number(first?.['version']) + 1,
    });
  });

  it('count 100 orders of one batch in two writes of their day', async () => {
    const key = dailyStatsKey(Day.parse('2026-03-01'));
    await handle(placed(orderNumber(0)));
    const before = Number((await table.get(key))?.['version']);
    await Promise.all(Array.from({ length: 100 }, (_, index) => handle(placed(orderNumber(index + 1)))));
    expect(Number((await table.get(key))?.['version']) - before).toBe(2);
  });
});

describe('a batch with an order that cannot be counted', () => {
  it.each([
    ['breaks the contract', 'none'],
    ['holds a number that JavaScript has not', NumberValue.from('90071992547409931.5')],
  ])('fails that order only when its counted version %s', async (_, orderVersion) => {
    await table.put({ ...countedOrderKey(orderNumber(1).orderId), entityType: 'Tally', orderVersion });
    const results = await Promise.allSettled([1, 2].map((number) => handle(placed(orderNumber(number)))));
    expect(results).toMatchObject([
      { status: 'rejected', reason: expect.any(ContractViolationError) },
      { status: 'fulfilled' },
    ]);
  });

  it('fails the orders of one day only when its stats cannot be added to', async () => {
    await table.put({ ...dailyStatsKey(Day.parse('2026-03-02')), orders_placed: 'none' });
    const orders = [
      orderNumber(1),
      orderNumber(2, { createdAt: '2026-03-02T08:00:00.000Z' }),
      orderNumber(3),
    ];
    const results = await Promise.allSettled(orders.map((order) => handle(placed(order))));
    expect(results).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: expect.any(SinkRefusedError) },
      { status: 'fulfilled' },
    ]);
  });
});

describe('several consumers at once', () => {
  it('try again when they conflict', async () => {
    const { tableName } = table;
    const dynamoDb = dynamoDbWithConflicts(2);
    const conflicted = new OrderAnalytics({ dynamoDb, tableName, clock: systemClock });
    await conflicted.handle(placed(orderItem()), new AbortController().signal);
    expect(await stats()).toEqual(recount([orderItem()]));
  });

  it('leave each order at its newest version when they change its status at the same time', async () => {
    const orders = Array.from({ length: 20 }, (_, index) => orderNumber(index));
    await Promise.all(orders.map((order) => handle(placed(order))));
    const lives = orders.map((order) => orderLife(order, 'confirmed', 'cancelled'));
    const { dynamoDb, tableName } = table;
    const steps = [1, 2, 1, 2].map((step) => {
      const consumer = new OrderAnalytics({ dynamoDb, tableName, clock: systemClock });
      return lives.flatMap((life) =>
        life.slice(step, step + 1).map((change) => consumer.handle(change, new AbortController().signal)),
      );
    });
    await Promise.all(steps.flat());
    const cancelledOrders = orders.map((order) => withStatus(withStatus(order, 'confirmed'), 'cancelled'));
    expect(await stats()).toEqual(recount(cancelledOrders));
  });

  it('count every order once, on the same day', async () => {
    const orders = Array.from({ length: 60 }, (_, index) => orderNumber(index));
    const { dynamoDb, tableName } = table;
    const consumers = [1, 2, 3].map(() => new OrderAnalytics({ dynamoDb, tableName, clock: systemClock }));
    await Promise.all(
      consumers.flatMap((one) =>
        orders.map((order) => one.handle(placed(order), new AbortController().signal)),
      ),
    );
    expect(await stats()).toEqual(recount(orders));
  });
});

describe('in any order and with any number of deliveries', () => {
  const [firstDay, secondDay] = ['2026-03-01T12:00:00.000Z', '2026-03-02T12:00:00.000Z'];
  const orders = [firstDay, firstDay, secondDay, secondDay].map((createdAt, index) =>
    orderNumber(index, { createdAt }),
  );
  // One order is only placed, the next is confirmed as well, the next cancelled, and the last is removed.
  const lives = orders.map((order, index) => orderLife(order, 'confirmed', 'cancelled').slice(0, index + 1));
  const remaining = lives.flatMap((life) => {
    const latest = life.at(-1);
    return latest === undefined || latest.kind === 'REMOVE' ? [] : [latest.newItem];
  });

  it('the stats equal a recount of the table', async () => {
    const batchSize = fc.integer({ min: 1, max: 8 });
    await fc.assert(
      fc.asyncProperty(deliveriesOf(lives.flat()), batchSize, async (delivered, size) => {
        await startOnFreshTable();
        for (let start = 0; start < delivered.length; start += size) {
          await Promise.all(delivered.slice(start, start + size).map(handle));
        }
        expect(await stats()).toEqual(recount(remaining));
      }),
      { numRuns: RUNS },
    );
  });
});
