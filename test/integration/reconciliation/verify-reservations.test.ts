import { beforeEach, describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { productKey } from '../../../contracts/entities/product.ts';
import {
  type ReservationState,
  reservationKey,
  ReservationState as States,
} from '../../../contracts/entities/reservation.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { scanTable } from '../../../pipelines/dynamodb/scan-table.ts';
import { OrderAnalytics } from '../../../pipelines/order-events/analytics/order-analytics.ts';
import { OrderInventory } from '../../../pipelines/order-events/inventory/order-inventory.ts';
import { changeOrderStatus } from '../../../pipelines/orders/change-order-status.ts';
import {
  reservationCandidates,
  reservationCheck,
} from '../../../pipelines/reconciliation/check-reservations.ts';
import { TableDigest } from '../../../pipelines/reconciliation/read-table.ts';
import { recheckCopies } from '../../../pipelines/reconciliation/recheck.ts';
import { repair } from '../../../pipelines/reconciliation/repair.ts';
import { StockNotReservedError } from '../../../pipelines/request-errors.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { orderChange, orderIdOf, withStatus } from '../../builders/stream/order-life.ts';
import { removeOf } from '../../builders/stream/stream-record.ts';
import {
  countedOrderItem,
  orderItem,
  orderLine,
  productItem,
  reservationItem,
} from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

type Status = OrderItem['status'];

const { signal } = new AbortController();
const dynamoDb = localDynamoDb();
const placed = orderItem({ orderId: orderIdOf(1) });
const stored = productItem({ sku: 'SKU-1', stock: 10, reserved: 0, received: 10 });

let table: TestTable;
let inventory: OrderInventory;
let analytics: OrderAnalytics;

beforeEach(async () => {
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  const deps = { dynamoDb, tableName: table.tableName, clock: systemClock };
  inventory = new OrderInventory(deps);
  analytics = new OrderAnalytics(deps);
  await table.put(stored);
});

const checked = () => ({ dynamoDb, tableName: table.tableName, segments: 1 });
async function digestOf(): Promise<TableDigest> {
  const digest = new TableDigest();
  await scanTable(
    dynamoDb,
    { ...checked(), signal },
    { item: (item) => digest.item(item), malformed: (key) => digest.malformed(key) },
  );
  return digest;
}
/** What the check reports of a scan after as many looks. */
async function findingsIn(digest: TableDigest, { rounds = 1, recheckMs = 10 } = {}) {
  const check = reservationCheck({ table: checked(), inventory });
  return (await recheckCopies(check, reservationCandidates(digest), { rounds, recheckMs, signal })).findings;
}

const findings = async (options = {}) => findingsIn(await digestOf(), options);
const details = async (options = {}) => (await findings(options)).map(({ detail }) => detail);
const repaired = async () => {
  const results = await repair(await findings(), { dryRun: false, signal });
  return results.map(({ outcome }) => outcome);
};

/** An order of that status, and the reservation of its first version. */
async function written(status: Status, state: ReservationState | undefined): Promise<OrderItem> {
  const order = status === 'placed' ? placed : withStatus(placed, status);
  await table.put(order);
  if (state === undefined) return order;
  // As after an earlier order of the same id that was removed.
  const orderVersion = status === 'placed' ? placed.version - 1 : placed.version;
  await table.put(reservationItem({ orderId: order.orderId, state, orderVersion }));
  if (state === 'RESERVED') await table.put({ ...stored, stock: 8, reserved: 2 });
  return order;
}

/** What is reported of each, and what a repair then does; `-` where all is well. */
const TABLE: Readonly<Record<Status, Readonly<Record<ReservationState | 'none', string>>>> = {
  placed: {
    none: 'is placed and has no reservation: repaired',
    RESERVED: `is placed at version ${placed.version} and holds its stock for version ${placed.version - 1}: repaired`,
    RELEASED: 'is placed and its stock was given back: repaired',
    REJECTED: 'is placed and its stock was refused: repaired',
  },
  confirmed: {
    none: 'is confirmed and has no reservation: repaired',
    RESERVED: '-',
    RELEASED: 'is confirmed and its stock was given back: repaired',
    REJECTED: 'is confirmed and its stock was refused: repaired',
  },
  shipped: {
    none: 'is shipped and has no reservation: not-repairable',
    RESERVED: '-',
    RELEASED: 'is shipped and its stock was given back: not-repairable',
    REJECTED: 'is shipped and its stock was refused: not-repairable',
  },
  delivered: {
    none: 'is delivered and has no reservation: not-repairable',
    RESERVED: '-',
    RELEASED: 'is delivered and its stock was given back: not-repairable',
    REJECTED: 'is delivered and its stock was refused: not-repairable',
  },
  cancelled: {
    none: '-',
    RESERVED: 'is cancelled and holds its stock: repaired',
    RELEASED: '-',
    REJECTED: '-',
  },
  rejected: {
    none: '-',
    RESERVED: 'is rejected and holds its stock: not-repairable',
    RELEASED: '-',
    REJECTED: '-',
  },
};
const CELLS = OrderStatus.options.flatMap((status) =>
  ([undefined, ...States.options] as const).map((state) => ({
    status,
    state,
    expected: TABLE[status][state ?? 'none'],
  })),
);

describe('verifying the reservation of an order', () => {
  it.each(CELLS)(
    'of status $status whose reservation is $state: $expected',
    async ({ status, state, expected }) => {
      await written(status, state);
      const [found] = await details();
      const outcomes = await repaired();
      expect(found === undefined ? '-' : `${found}: ${outcomes.join()}`).toBe(expected);
      // What was repaired is no longer found.
      expect(await details()).toEqual(outcomes.includes('not-repairable') ? [found] : []);
    },
  );

  it('finds nothing of an order that was written as shipped, whose stock had been shipped before', async () => {
    const order = withStatus(placed, 'shipped');
    await table.put(order);
    await analytics.handle(currentChange(order, 'INSERT'), signal);
    expect(await details()).toEqual([]);
    const delivered = withStatus(order, 'delivered');
    await table.put(delivered);
    await analytics.handle(currentChange(delivered), signal);
    expect(await details()).toEqual([]);
  });

  it('names an order that was placed before it was shipped without its stock', async () => {
    const order = withStatus(placed, 'shipped');
    await table.put(order);
    await analytics.handle(currentChange(placed, 'INSERT'), signal);
    await analytics.handle(currentChange(order), signal);
    expect(await details()).toEqual(['is shipped and has no reservation']);
  });

  it.each([0, 1])(
    'finds nothing of a placed order whose stock is held for its version, or for one %s later',
    async (later) => {
      await table.put(placed);
      await table.put(reservationItem({ orderId: placed.orderId, orderVersion: placed.version + later }));
      expect(await details()).toEqual([]);
    },
  );

  it('waits for the record of a later version that is still on its way', async () => {
    const order = await written('placed', 'RESERVED');
    const looking = details({ rounds: 20, recheckMs: 50 });
    await inventory.handle(currentChange(order), signal);
    expect(await looking).toEqual([]);
  });

  it('lets a placed order be confirmed once its reservation is repaired', async () => {
    const { userId, orderId } = await written('placed', 'RESERVED');
    const command = { userId, orderId, status: 'confirmed', byOwner: false } as const;
    const confirm = () =>
      changeOrderStatus({ dynamoDb, tableName: table.tableName, clock: systemClock }, command);
    await expect(confirm()).rejects.toThrow(StockNotReservedError);
    expect(await repaired()).toEqual(['repaired']);
    const confirmed = await confirm();
    expect(confirmed).toMatchObject({ status: 'confirmed' });
    expect(await table.get(productKey(stored.sku))).toMatchObject({ stock: 8, reserved: 2 });
  });

  it.each([
    ['keeps what a placed order holds for an older version of other lines', false, 1, 9],
    ['releases what a placed order held before it was removed, and holds what it needs now', true, 2, 8],
  ])('%s', async (_, wasRemoved, held, stock) => {
    const earlier = orderItem({ ...placed, lines: [orderLine({ sku: stored.sku, quantity: 1 })] });
    await inventory.handle(currentChange(earlier, 'INSERT'), signal);
    await analytics.handle(currentChange(earlier, 'INSERT'), signal);
    // Its release and the record of the later version were lost.
    if (wasRemoved) await analytics.handle(orderChange(removeOf(earlier)), signal);
    const order = orderItem({ ...placed, version: placed.version + 2 });
    await table.put(order);
    expect(await repaired()).toEqual(['repaired']);
    expect(await table.get(reservationKey(order.orderId))).toMatchObject({
      state: 'RESERVED',
      orderVersion: order.version,
      lines: [{ sku: stored.sku, quantity: held }],
    });
    expect(await table.get(productKey(stored.sku))).toMatchObject({ stock, reserved: held });
  });

  it('waits for a record that is still on its way', async () => {
    await table.put(placed);
    const looking = details({ rounds: 20, recheckMs: 50 });
    await inventory.handle(currentChange(placed, 'INSERT'), signal);
    expect(await looking).toEqual([]);
  });

  it('repairs an order that was confirmed though refused by holding its stock, once there is some', async () => {
    const order = await written('confirmed', 'REJECTED');
    expect(await repaired()).toEqual(['repaired']);
    expect(await table.get(reservationKey(order.orderId))).toMatchObject({ state: 'RESERVED' });
    expect(await table.get(productKey(stored.sku))).toMatchObject({ stock: 8, reserved: 2 });
  });

  it('does not repair what the inventory has decided for the version that is there', async () => {
    await table.put(placed);
    await table.put(
      reservationItem({ orderId: placed.orderId, state: 'REJECTED', orderVersion: placed.version }),
    );
    expect(await repaired()).toEqual(['not-repairable']);
  });
});

describe('verifying the reservation of a deleted order', () => {
  beforeEach(async () => {
    const { orderId, version } = placed;
    await table.put(reservationItem({ orderId, state: 'RESERVED', orderVersion: version }));
    await table.put({ ...stored, stock: 8, reserved: 2 });
  });

  it.each(['placed', 'confirmed', 'cancelled'] as const)(
    'names the stock that is held for an order that was last counted as %s, and releases nothing',
    async (status) => {
      const order = withStatus(placed, status);
      await analytics.handle(currentChange(order, 'INSERT'), signal);
      const expected = [`is deleted, was last counted as ${status} and holds its stock`];
      expect(await details()).toEqual(expected);
      // The removal was counted, but not its stock: its dead letter was purged.
      await analytics.handle(orderChange(removeOf(order)), signal);
      expect(await details()).toEqual(expected);
      expect(await repaired()).toEqual(['not-repairable']);
    },
  );

  it.each(['shipped', 'delivered'] as const)('finds nothing of an order that was %s', async (status) => {
    const order = withStatus(placed, status);
    await analytics.handle(currentChange(placed, 'INSERT'), signal);
    await analytics.handle(currentChange(order), signal);
    await analytics.handle(orderChange(removeOf(order, { expired: true })), signal);
    expect(await details()).toEqual([]);
  });

  it('finds nothing where nothing is known of the last status', async () => {
    expect(await details()).toEqual([]);
    await table.put(countedOrderItem({ orderId: placed.orderId }));
    expect(await details()).toEqual([]);
  });

  it.each([
    ['violates its contract', { ...placed, total: 'many' }],
    ['was written after the scan', placed],
  ])('finds nothing of an order that %s', async (_, item) => {
    await analytics.handle(currentChange(placed, 'INSERT'), signal);
    const digest = await digestOf();
    await table.put(item);
    expect(reservationCandidates(digest)).toHaveLength(1);
    expect(await findingsIn(digest)).toEqual([]);
  });

  it('waits for a removal that is still on its way', async () => {
    await analytics.handle(currentChange(placed, 'INSERT'), signal);
    const looking = details({ rounds: 20, recheckMs: 50 });
    await inventory.handle(orderChange(removeOf(placed)), signal);
    expect(await looking).toEqual([]);
  });
});
