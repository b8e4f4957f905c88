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
import {
  reservationCandidates,
  reservationCheck,
} from '../../../pipelines/reconciliation/check-reservations.ts';
import { TableDigest } from '../../../pipelines/reconciliation/read-table.ts';
import { recheckCopies } from '../../../pipelines/reconciliation/recheck.ts';
import { repair } from '../../../pipelines/reconciliation/repair.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { orderIdOf, withStatus } from '../../builders/stream/order-life.ts';
import { orderItem, productItem, reservationItem } from '../../builders/values/items.ts';
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

/** What the check reports of the table after as many looks. */
async function findings({ rounds = 1, recheckMs = 10 } = {}) {
  const checked = { dynamoDb, tableName: table.tableName, segments: 1 };
  const digest = new TableDigest();
  await scanTable(
    dynamoDb,
    { ...checked, signal },
    { item: (item) => digest.item(item), malformed: (key) => digest.malformed(key) },
  );
  const check = reservationCheck({ table: checked, inventory });
  return (await recheckCopies(check, reservationCandidates(digest), { rounds, recheckMs, signal })).findings;
}

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
    RESERVED: '-',
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
