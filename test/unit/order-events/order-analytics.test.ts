import {
  BatchGetItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { isOfAnotherItem } from '../../../contracts/api/dead-letters.ts';
import { COUNTED_VERSIONS_MAX, countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import { DailyStatsItem, dailyStatsKey } from '../../../contracts/entities/daily-stats.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { Day, Instant, OrderId, Version } from '../../../contracts/ids.ts';
import { ConditionsFailedError } from '../../../pipelines/dynamodb/commit.ts';
import { ContractViolationError, SinkRefusedError } from '../../../pipelines/errors.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { countersOf, recount } from '../../../pipelines/order-events/analytics/recount.ts';
import type { ChangeOf } from '../../../pipelines/stream/stream-change.ts';
import { cancelledBy, refusedRead } from '../../builders/cancelled.ts';
import { clientThat, modelTable, TABLE } from '../../builders/model-table.ts';
import { orderChange, orderIdOf, orderLife, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const { signal } = new AbortController();
const DAY = Day.parse('2026-03-01');
const FIRST_VERSION = 1_772_366_400_000_007;
const MS_PER_DAY = 86_400_000;

/** The time of a transaction, before it is sent to the table: throws what it fails with. */
type Meeting = (actions: readonly TransactWriteItem[], time: number) => void;

interface Settings {
  readonly meeting?: Meeting;
  /** What each read fails with. */
  readonly readFailure?: Error;
  readonly statsParts?: number;
  readonly highValueThreshold?: number;
}

/** Analytics on a table in memory, and what it holds. A test sets the clock, and gets in between of its transactions. */
function analyticsOn({ meeting, readFailure, ...settings }: Settings = {}) {
  const { dynamoDb: table, database } = modelTable();
  const time = { now: new Date('2026-03-05T08:00:00.000Z') };
  const transactions: (readonly TransactWriteItem[])[] = [];
  const reads: (number | undefined)[] = [];
  const dynamoDb = clientThat(async (command: object) => {
    if (command instanceof TransactWriteItemsCommand) {
      const { TransactItems = [] } = command.input;
      transactions.push(TransactItems);
      meeting?.(TransactItems, transactions.length);
    }
    if (command instanceof BatchGetItemCommand) {
      reads.push(command.input.RequestItems?.[TABLE]?.Keys?.length);
      if (readFailure !== undefined) throw readFailure;
    }
    return table.send(command as never);
  });
  const clock = { now: () => time.now, firstVersion: () => Version.parse(FIRST_VERSION) };
  const put = (item: ItemKey & object) => {
    const image = marshall(item, { removeUndefinedValues: true });
    database.change(TABLE, image, image);
  };
  const itemAt = (key: ItemKey): Record<string, unknown> | undefined => {
    const image = database.item(TABLE, marshall(key));
    return image && unmarshall(image);
  };
  const stats = () =>
    database
      .items(TABLE)
      .map((image) => DailyStatsItem.safeParse(unmarshall(image)))
      .flatMap(({ data }) => (data === undefined ? [] : [data]));
  const analytics = new OrderAnalytics({ dynamoDb, tableName: TABLE, clock, ...settings });
  const handle = (...changes: readonly ChangeOf<'Order'>[]) =>
    Promise.allSettled(changes.map((change) => analytics.handle(change, signal)));
  return { analytics, handle, put, itemAt, stats, transactions, reads, time };
}

const numbered = (number: number, overrides: { createdAt?: string } = {}): OrderItem =>
  orderItem({ orderId: orderIdOf(number), ...overrides });
const placed = (order: OrderItem) => orderChange(insertOf(order));
const confirmed = (order: OrderItem) => orderChange(modifyOf(order, withStatus(order, 'confirmed')));
const several = (count: number, of: (index: number) => OrderItem = numbered) =>
  Array.from({ length: count }, (_, n) => of(n));
/** An order of a day of its own. */
const dayAfterDay = (n: number) =>
  numbered(n, { createdAt: new Date(Date.parse('2026-03-01T12:00:00.000Z') - n * MS_PER_DAY).toISOString() });
const reasons = (results: readonly PromiseSettledResult<void>[]): unknown[] =>
  results.map((result) => (result.status === 'rejected' ? (result.reason ?? 'no reason') : undefined));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('an order that is counted', () => {
  const order = orderItem();
  const key = countedOrderKey(OrderId.parse(order.orderId));

  it('is in the stats of its day, and what they hold of it is remembered', async () => {
    const { handle, itemAt, stats, time } = analyticsOn();
    await handle(placed(order));
    const at = time.now.toISOString();
    expect(countersOf(stats())).toEqual(recount([order]));
    expect(stats()).toMatchObject([{ version: FIRST_VERSION, createdAt: at, updatedAt: at }]);
    expect(itemAt(key)).toEqual({
      ...key,
      entityType: 'Tally',
      orderId: order.orderId,
      orderVersion: order.version,
      contribution: { day: DAY, status: 'placed', units: 2, revenue: order.total, currency: 'EUR' },
      versions: [
        { version: order.version, at: order.updatedAt, status: 'placed', notification: 'order.placed' },
      ],
      createdAt: at,
      updatedAt: at,
      version: FIRST_VERSION,
    });
  });

  it('moves to its next status, and remembers when it was counted first', async () => {
    const { handle, itemAt, stats, time } = analyticsOn();
    await handle(placed(order));
    const createdAt = time.now.toISOString();
    time.now = new Date('2026-03-05T09:00:00.000Z');
    await handle(confirmed(order));
    expect(countersOf(stats())).toEqual(recount([withStatus(order, 'confirmed')]));
    expect(itemAt(key)).toMatchObject({
      createdAt,
      updatedAt: '2026-03-05T09:00:00.000Z',
      version: FIRST_VERSION + 1,
      orderVersion: order.version + 1,
      versions: [{ version: order.version }, { version: order.version + 1 }],
    });
  });

  it('is in no stats once it is removed', async () => {
    const { handle, itemAt, stats } = analyticsOn();
    for (const change of orderLife(order)) await handle(change);
    expect(countersOf(stats())).toEqual(recount([]));
    expect(itemAt(key)).not.toHaveProperty('contribution');
  });

  it('is counted again when it is created again after its removal', async () => {
    const { handle, stats } = analyticsOn();
    const again = orderItem({ version: order.version + 100 });
    for (const change of [...orderLife(order), placed(again)]) await handle(change);
    expect(countersOf(stats())).toEqual(recount([again]));
  });

  it.each([
    ['the same version', placed(order)],
    ['an older version', orderChange(removeOf(orderItem({ version: order.version - 2 })))],
  ])('is not written again for %s', async (_which, change) => {
    const { handle, stats, transactions } = analyticsOn();
    await handle(placed(order));
    expect(reasons(await handle(change))).toEqual([undefined]);
    expect(transactions).toHaveLength(1);
    expect(countersOf(stats())).toEqual(recount([order]));
  });

  it.each([
    ['in their order', [placed(order), confirmed(order)]],
    ['in another order', [confirmed(order), placed(order)]],
  ])('is written once for two of its versions that are handled together, %s', async (_how, changes) => {
    const { handle, itemAt, stats, transactions } = analyticsOn();
    await handle(...changes);
    expect(transactions).toHaveLength(1);
    expect(countersOf(stats())).toEqual(recount([withStatus(order, 'confirmed')]));
    expect(itemAt(key)).toMatchObject({ versions: [{ status: 'placed' }, { status: 'confirmed' }] });
  });

  it('remembers what was published of each version', async () => {
    const { handle, itemAt } = analyticsOn({ highValueThreshold: order.total });
    const changed = { ...withStatus(order, 'placed'), updatedAt: Instant.parse('2026-03-01T13:00:00.000Z') };
    await handle(placed(order));
    await handle(orderChange(modifyOf(order, changed)));
    await handle(orderChange(removeOf(changed)));
    const { version, updatedAt: at } = order;
    expect(itemAt(key)?.['versions']).toEqual([
      { version, at, status: 'placed', notification: 'order.placed', facts: ['order.high-value'] },
      { version: version + 1, at: '2026-03-01T13:00:00.000Z', status: 'placed' },
      { version: version + 2, at: '2026-03-01T12:00:00.000Z', notification: 'order.removed' },
    ]);
  });

  it(`remembers its last ${COUNTED_VERSIONS_MAX} versions`, async () => {
    const { handle, itemAt } = analyticsOn();
    const numbers = Array.from({ length: COUNTED_VERSIONS_MAX + 1 }, (_, n) => order.version + n);
    for (const version of numbers) await handle(placed(orderItem({ version })));
    expect(itemAt(key)).toMatchObject({ versions: numbers.slice(1).map((version) => ({ version })) });
  });

  it('is not counted once the time is over', async () => {
    const { analytics, transactions } = analyticsOn();
    const reason = new Error('out of time');
    await expect(analytics.handle(placed(order), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(transactions).toEqual([]);
  });
});

describe('orders that are counted together', () => {
  it('are 97 to a transaction, with one action for their day', async () => {
    const { handle, stats, transactions } = analyticsOn();
    const orders = several(100);
    await handle(...orders.map(placed));
    expect(transactions.map(({ length }) => length)).toEqual([98, 4]);
    expect(countersOf(stats())).toEqual(recount(orders));
  });

  it.each([
    ['fit into one transaction where orders and days are 100', 50, [100], [50]],
    ['are counted in two halves where orders and days are more than 100', 51, [52, 50], [51, 26, 25]],
  ])('%s', async (_what, count, sizes, keysRead) => {
    const { handle, stats, transactions, reads } = analyticsOn();
    const orders = several(count, dayAfterDay);
    await handle(...orders.map(placed));
    expect(transactions.map(({ length }) => length)).toEqual(sizes);
    expect(reads).toEqual(keysRead);
    expect(countersOf(stats())).toEqual(recount(orders));
  });

  it('fail alone where what is remembered of one breaks its contract', async () => {
    const { handle, put, stats } = analyticsOn();
    put({ ...countedOrderKey(OrderId.parse(orderIdOf(1))), ...{ entityType: 'Tally' } });
    const results = await handle(...several(3).map(placed));
    expect(reasons(results)).toEqual([undefined, expect.any(ContractViolationError), undefined]);
    expect(countersOf(stats())).toEqual(recount([numbered(0), numbered(2)]));
  });

  it('name what is remembered of one and breaks its contract, and not the order, which is sound', async () => {
    const { handle, put } = analyticsOn();
    put({ ...countedOrderKey(OrderId.parse(orderIdOf(1))), ...{ entityType: 'Tally' } });
    const [failure] = reasons(await handle(placed(numbered(1))));
    const paths = failure instanceof ContractViolationError ? failure.issues.map(({ path }) => path) : [];
    expect(paths).toContain(`ORDER#${orderIdOf(1)} TALLY.orderVersion`);
    expect(paths.filter((path) => !isOfAnotherItem(path))).toEqual([]);
  });

  it('fail alone in each of two halves', async () => {
    const { handle, put } = analyticsOn();
    for (const n of [0, 51])
      put({ ...countedOrderKey(OrderId.parse(orderIdOf(n))), ...{ entityType: 'Tally' } });
    const results = await handle(...several(53, dayAfterDay).map(placed));
    expect(reasons(results).flatMap((reason, n) => (reason === undefined ? [] : n))).toEqual([0, 51]);
  });

  it('fail alone where the table refuses the write of one as invalid', async () => {
    const invalid = (actions: readonly TransactWriteItem[]) => {
      if (actions.some(({ Put }) => Put?.Item?.['orderId']?.S === orderIdOf(1)))
        throw cancelledBy(...actions.map(() => 'ValidationError'));
    };
    const { handle, stats } = analyticsOn({ meeting: invalid });
    const results = await handle(...several(3).map(placed));
    expect(reasons(results)).toEqual([undefined, expect.any(SinkRefusedError), undefined]);
    expect(countersOf(stats())).toEqual(recount([numbered(0), numbered(2)]));
  });

  it('all fail, and none as refused, where the table refuses to be read: that is no fault of an order', async () => {
    const readFailure = refusedRead();
    const { handle } = analyticsOn({ readFailure });
    expect(reasons(await handle(...several(2).map(placed)))).toEqual([readFailure, readFailure]);
  });

  it('all fail where the time is over before each could be tried alone', async () => {
    const abort = new AbortController();
    const { analytics, transactions } = analyticsOn({
      meeting: (actions) => {
        abort.abort();
        throw cancelledBy(...actions.map(() => 'ValidationError'));
      },
    });
    const results = await Promise.allSettled(
      several(2).map((order) => analytics.handle(placed(order), abort.signal)),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(transactions).toHaveLength(1);
  });

  it('fail where the counters of their day are at the limit, which the failure names', async () => {
    const { handle, put, transactions } = analyticsOn();
    const [near, other] = [numbered(0), numbered(1, { createdAt: '2026-03-02T12:00:00.000Z' })];
    put({ ...dailyStatsKey(DAY), ...{ orders_placed: Number.MAX_SAFE_INTEGER } });
    const results = await handle(placed(near), placed(other));
    expect(reasons(results)).toMatchObject([
      {
        code: 'contract-violation',
        issues: [{ path: 'STATS#2026-03-01', message: 'has a counter at its limit' }],
        cause: expect.any(ConditionsFailedError),
      },
      undefined,
    ]);
    // Together, then each alone.
    expect(transactions).toHaveLength(3);
  });
});

describe('an order that moves from one day to another', () => {
  const [before, after] = [
    orderItem(),
    orderItem({ createdAt: '2026-03-02T12:00:00.000Z', version: orderItem().version + 1 }),
  ];

  it.each([
    ['2026-03-02', { orders_placed: Number.MAX_SAFE_INTEGER }],
    ['2026-03-01', { orders_placed: -Number.MAX_SAFE_INTEGER }],
  ])('fails with the day alone that has no room for it: %s', async (day, counters) => {
    const { handle, put } = analyticsOn();
    await handle(placed(before));
    put({ ...dailyStatsKey(Day.parse(day)), ...counters });
    expect(reasons(await handle(placed(after)))).toMatchObject([{ issues: [{ path: `STATS#${day}` }] }]);
  });
});

describe('a transaction that met another one', () => {
  const conflictOnce: Meeting = (actions, time) => {
    if (time === 1) throw cancelledBy(...actions.map(() => 'TransactionConflict'));
  };
  const partsOf = (transactions: readonly (readonly TransactWriteItem[])[]) =>
    transactions.map((actions) => actions.at(-1)?.Update?.Key?.['pk']?.S);

  it('is made again on another part of the stats', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.3).mockReturnValueOnce(0.8).mockReturnValue(0);
    const { handle, transactions } = analyticsOn({ meeting: conflictOnce, statsParts: 4 });
    expect(reasons(await handle(placed(orderItem())))).toEqual([undefined]);
    expect(partsOf(transactions)).toEqual(['STATS#2026-03-01#1', 'STATS#2026-03-01#3']);
  });

  it('is made again on the same part where its orders were counted meanwhile', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.3).mockReturnValue(0);
    const order = orderItem();
    const on = analyticsOn({
      statsParts: 4,
      meeting: (_, time) => {
        if (time === 1) on.put({ ...countedOrderKey(OrderId.parse(order.orderId)), ...other });
      },
    });
    const at = '2026-03-05T08:00:00.000Z';
    const other = {
      entityType: 'Tally',
      orderId: order.orderId,
      orderVersion: order.version - 1,
      createdAt: at,
      updatedAt: at,
      version: 3,
    };
    expect(reasons(await on.handle(placed(order)))).toEqual([undefined]);
    expect(partsOf(on.transactions)).toEqual(['STATS#2026-03-01#1', 'STATS#2026-03-01#1']);
    expect(on.itemAt(countedOrderKey(OrderId.parse(order.orderId)))).toMatchObject({
      version: 4,
      versions: [{ version: order.version }],
    });
  });

  it('is made again for all of its orders where one was counted meanwhile', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const on = analyticsOn({
      meeting: (_, time) => {
        const key = countedOrderKey(OrderId.parse(orderIdOf(0)));
        if (time === 2) on.put({ ...key, ...on.itemAt(key), ...{ orderVersion: orderItem().version + 7 } });
      },
    });
    await on.handle(placed(numbered(0)));
    expect(reasons(await on.handle(confirmed(numbered(0)), placed(numbered(1))))).toEqual([
      undefined,
      undefined,
    ]);
    expect(on.transactions.map(({ length }) => length)).toEqual([2, 3, 2]);
    expect(on.reads).toEqual([1, 2, 2]);
    expect(countersOf(on.stats())).toEqual(recount([numbered(0), numbered(1)]));
  });

  it('fails its orders where they change at every attempt', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { handle } = analyticsOn({
      meeting: (actions) => {
        throw cancelledBy(...actions.map(() => 'ConditionalCheckFailed'));
      },
    });
    expect(reasons(await handle(placed(orderItem())))).toMatchObject([
      { code: 'optimistic-lock-failure', cause: expect.any(ConditionsFailedError) },
    ]);
  });

  it('fails its orders where it meets others at every attempt, and is not made for each alone', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { handle, transactions } = analyticsOn({
      meeting: (actions) => {
        throw cancelledBy(...actions.map(() => 'TransactionConflict'));
      },
    });
    const results = await handle(...several(2).map(placed));
    expect(reasons(results)).toMatchObject([
      { code: 'optimistic-lock-failure' },
      { code: 'optimistic-lock-failure' },
    ]);
    expect(transactions).toHaveLength(8);
  });
});
