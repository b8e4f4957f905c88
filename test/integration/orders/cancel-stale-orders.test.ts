import { ulid } from 'ulid';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { OrderItem } from '../../../contracts/entities/order.ts';
import type { OrderStatus } from '../../../contracts/order-status.ts';
import {
  cancelStaleOrdersHandler,
  StaleOrdersFailedError,
} from '../../../handlers/scheduled/cancel-stale-orders.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { withStatus } from '../../builders/stream/order-life.ts';
import { orderItem, STATUS_PARTITIONS, unnumbered } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const DAY_MS = 86_400_000;
const STALE_ORDER_DAYS = 14;
const AMPLE_MS = 300_000;
const NO_TIME_MS = 0;

let table: TestTable;
/** What happens before a command is sent. */
let beforeCommand: (commandName: string | undefined) => Promise<void>;
const logger = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };

beforeEach(async () => {
  vi.clearAllMocks();
  beforeCommand = async () => undefined;
  const dynamoDb = localDynamoDb();
  dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        await beforeCommand(commandName);
        return next(args);
      },
    { step: 'initialize' },
  );
  table = new TestTable(localDynamoDb(), await createTestTable(dynamoDb));
  run = async (remainingMs = () => AMPLE_MS) => {
    const settings = { orderRetentionDays: 30, statusPartitions: STATUS_PARTITIONS };
    const deps = { dynamoDb, tableName: table.tableName, clock: systemClock, logger, ...settings };
    const handler = cancelStaleOrdersHandler({ ...deps, staleOrderDays: STALE_ORDER_DAYS });
    await handler({}, { getRemainingTimeInMillis: remainingMs });
  };
});
let run: (remainingMs?: () => number) => Promise<void>;

/** An order that was placed so many days ago, in the table. */
async function givenOrder(ageDays: number, status: OrderStatus = 'placed'): Promise<OrderItem> {
  const createdAt = new Date(Date.now() - ageDays * DAY_MS).toISOString();
  const order = orderItem({ orderId: ulid(), createdAt, status });
  await table.put(order);
  return order;
}
const givenOrders = (count: number): Promise<OrderItem[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => givenOrder(100 - index / count)));

const stored = async (order: OrderItem): Promise<OrderItem> => OrderItem.parse(await table.get(order));
const statusesOf = async (orders: readonly OrderItem[]): Promise<OrderStatus[]> =>
  (await Promise.all(orders.map(stored))).map(({ status }) => status);
const reported = (log: 'info' | 'warn') => logger[log].mock.lastCall?.[1]?.report;
const none = { cancelled: 0, skipped: 0, failed: 0, hasMore: false };

describe('a run of the schedule', () => {
  it('cancels orders that were placed longer ago than that, as one write that lets them expire', async () => {
    const order = await givenOrder(14.1);
    await run();
    const remaining = await stored(order);
    expect(remaining).toMatchObject({
      status: 'cancelled',
      GSI1PK: order.GSI1PK.replace('placed', 'cancelled'),
      version: order.version + 1,
    });
    expect(remaining.ttl).toBeGreaterThan(Date.now() / 1_000);
    expect(reported('info')).toEqual({ ...none, cancelled: 1 });
  });

  it('ignores younger orders and those with a later status', async () => {
    const orders = [
      await givenOrder(13.9),
      await givenOrder(100, 'confirmed'),
      await givenOrder(100, 'delivered'),
    ];
    await run();
    expect(await statusesOf(orders)).toEqual(['placed', 'confirmed', 'delivered']);
    expect(reported('info')).toEqual(none);
  });

  it('reads more than one page', async () => {
    const orders = await givenOrders(230);
    await run();
    expect(new Set(await statusesOf(orders))).toEqual(new Set(['cancelled']));
    expect(reported('info')).toEqual({ ...none, cancelled: 230 });
  });

  it('cancels the oldest first, of those with and without the number of a partition', async () => {
    const orders = await givenOrders(12);
    await table.put(...orders.filter((_, index) => index % 3 === 0).map(unnumbered));
    let looks = 0;
    await run(() => {
      looks += 1;
      return looks <= 6 ? AMPLE_MS : NO_TIME_MS;
    });
    // The first look was for the page, and the others for an order each.
    const statuses = await statusesOf(orders);
    expect(statuses.map((status) => status === 'cancelled')).toEqual(orders.map((_, index) => index < 5));
    await run();
    expect(new Set(await statusesOf(orders))).toEqual(new Set(['cancelled']));
    expect(reported('info')).toEqual({ ...none, cancelled: 7 });
  });

  it.each([
    ['with the number of a partition', (order: OrderItem) => order],
    ['without one', unnumbered],
  ])('ignores an order %s that was placed at the very instant', async (_, written) => {
    vi.setSystemTime('2026-03-15T12:00:00.000Z');
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const [stale, young] = ['2026-03-01T11:59:59.999Z', '2026-03-01T12:00:00.000Z'].map((createdAt) =>
      written(orderItem({ orderId: ulid(), createdAt })),
    );
    if (stale === undefined || young === undefined) expect.fail();
    await table.put(stale, young);
    await run();
    expect(await statusesOf([stale, young])).toEqual(['cancelled', 'placed']);
  });

  it('changes nothing the second time', async () => {
    const order = await givenOrder(100);
    await run();
    const remaining = await stored(order);
    await run();
    expect(await stored(order)).toEqual(remaining);
    expect(reported('info')).toEqual(none);
  });

  it('cancels once when two run at the same time', async () => {
    const orders = await givenOrders(20);
    await Promise.all([run(), run()]);
    const remaining = await Promise.all(orders.map(stored));
    expect(remaining.map(({ version }) => version)).toEqual(orders.map(({ version }) => version + 1));
  });
});

describe('an order that is confirmed in the meantime', () => {
  it('stays confirmed when that came before it was read again', async () => {
    const order = await givenOrder(100);
    beforeCommand = async (commandName) => {
      if (commandName === 'GetItemCommand') await table.put(withStatus(order, 'confirmed'));
    };
    await run();
    expect(await stored(order)).toMatchObject({ status: 'confirmed', version: order.version + 1 });
    expect(reported('info')).toEqual({ ...none, skipped: 1 });
  });

  it('stays confirmed when that came between the read and the write', async () => {
    const order = await givenOrder(100);
    beforeCommand = async (commandName) => {
      if (commandName === 'TransactWriteItemsCommand') await table.put(withStatus(order, 'confirmed'));
    };
    await run();
    expect(await stored(order)).toMatchObject({ status: 'confirmed', version: order.version + 1 });
    expect(reported('info')).toEqual({ ...none, skipped: 1 });
  });
});

describe('when the time has expired', () => {
  it('nothing is begun, and the log warns that there is more', async () => {
    const order = await givenOrder(100);
    await run(() => NO_TIME_MS);
    expect(await stored(order)).toEqual(order);
    expect(reported('warn')).toEqual({ ...none, hasMore: true });
  });

  it('the oldest are done and the rest remains for the next run', async () => {
    const orders = await givenOrders(120);
    let looks = 0;
    await run(() => {
      looks += 1;
      return looks <= 50 ? AMPLE_MS : NO_TIME_MS;
    });
    // The first look was for the page, and the others for an order each.
    const statuses = await statusesOf(orders);
    expect(statuses.map((status) => status === 'cancelled')).toEqual(orders.map((_, index) => index < 49));
    expect(reported('warn')).toEqual({ ...none, cancelled: 49, hasMore: true });
    await run();
    expect(reported('info')).toEqual({ ...none, cancelled: 71 });
  });
});

describe('an order that cannot be cancelled', () => {
  it('does not stop the others, is logged without values, and fails the run', async () => {
    const [broken, sound] = [await givenOrder(101), await givenOrder(100)];
    await table.put({ ...broken, shipTo: { name: 'Ada Secret' } });
    await expect(run()).rejects.toThrow(StaleOrdersFailedError);
    expect(await statusesOf([sound])).toEqual(['cancelled']);
    expect(reported('info')).toEqual({ ...none, cancelled: 1, failed: 1 });
    const logged = JSON.stringify(logger.error.mock.calls);
    expect(logged).toContain(broken.orderId);
    expect(logged).not.toContain('Ada Secret');
  });

  it('fails the run when something that is no order is on the index', async () => {
    await table.put({ ...(await givenOrder(100)), sk: 'NOTE#1' });
    await expect(run()).rejects.toThrow(StaleOrdersFailedError);
    expect(logger.error.mock.lastCall?.[1]).toMatchObject({ failure: { code: 'contract-violation' } });
  });
});

it('fails when the table cannot be read', async () => {
  beforeCommand = async () => {
    throw new Error('no table');
  };
  await expect(run()).rejects.toThrow('no table');
});
