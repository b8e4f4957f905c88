import { NumberValueImpl as NumberValue } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type OrderItem, OrderItem as OrderSchema } from '../../../contracts/entities/order.ts';
import { type ProductItem, ProductItem as ProductSchema } from '../../../contracts/entities/product.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { OrderInventory } from '../../../pipelines/order-events/inventory/order-inventory.ts';
import {
  StockContentionError,
  StockViolationError,
} from '../../../pipelines/order-events/inventory/stock-errors.ts';
import type { ChangeOf } from '../../../pipelines/stream/stream-change.ts';
import { deliveriesOf } from '../../builders/stream/deliveries.ts';
import { orderChange, orderIdOf, orderLife, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine, productItem, reservationItem } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { dynamoDbWithConflicts } from '../parts/conflicting-client.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const RUNS = 30;

let table: TestTable;
let inventory: OrderInventory;
let made = 0;

beforeAll(async () => {
  const dynamoDb = localDynamoDb();
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  inventory = new OrderInventory({ dynamoDb, tableName: table.tableName, clock: systemClock });
});

const handle = (change: ChangeOf<'Order'>): Promise<void> =>
  inventory.handle(change, new AbortController().signal);

/** A product of its own with so many pieces, in the table. */
async function stocked(pieces: number): Promise<ProductItem> {
  made += 1;
  const product = productItem({ sku: `SKU-${made}`, stock: pieces, received: pieces });
  await table.put(product);
  return product;
}

/** An order of its own, in the table. */
async function ordered(quantity: number, ...products: readonly ProductItem[]): Promise<OrderItem> {
  made += 1;
  const order = orderItem({
    orderId: orderIdOf(made),
    lines: products.map(({ sku }) => orderLine({ sku, quantity })),
  });
  await table.put(order);
  return order;
}

const orderedTimes = (count: number, quantity: number, product: ProductItem): Promise<OrderItem[]> =>
  Promise.all(Array.from({ length: count }, () => ordered(quantity, product)));

/** An inventory whose first transactions conflict with another writer's. */
const inventoryWithConflicts = (conflicts: number): OrderInventory =>
  new OrderInventory({
    dynamoDb: dynamoDbWithConflicts(conflicts),
    tableName: table.tableName,
    clock: systemClock,
  });

const stockOf = async (product: ProductItem): Promise<ProductItem> =>
  ProductSchema.parse(await table.get(product));
const reservationOf = ({ orderId }: OrderItem) => table.get(reservationKey(orderId));
const placed = (order: OrderItem) => orderChange(insertOf(order));
const cancelled = (order: OrderItem) => orderChange(modifyOf(order, withStatus(order, 'cancelled')));

describe('an order that is placed', () => {
  it('reserves its stock', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(placed(order));
    expect(await stockOf(product)).toMatchObject({ stock: 7, reserved: 3, version: product.version + 1 });
    expect(await reservationOf(order)).toMatchObject({ state: 'RESERVED', orderVersion: order.version });
  });

  it('reserves once when its record is delivered again', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(placed(order));
    await handle(placed(order));
    expect(await stockOf(product)).toMatchObject({ stock: 7, reserved: 3 });
  });

  it('reserves once when its record is handled twice at the same time', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await Promise.all([handle(placed(order)), handle(placed(order)), handle(placed(order))]);
    expect(await stockOf(product)).toMatchObject({ stock: 7, reserved: 3 });
  });

  it('sums repeated lines of one sku', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product, product);
    await handle(placed(order));
    expect(await stockOf(product)).toMatchObject({ stock: 4, reserved: 6 });
  });

  it('reserves fifty lines at once', async () => {
    const products = await Promise.all(Array.from({ length: 50 }, () => stocked(1)));
    const order = await ordered(1, ...products);
    await handle(placed(order));
    expect((await reservationOf(order))?.['lines']).toHaveLength(50);
  });
});

describe('an order for more than there is', () => {
  it('is rejected and takes nothing, not even of the products that suffice', async () => {
    const [plenty, scarce] = [await stocked(10), await stocked(1)];
    const order = await ordered(2, plenty, scarce);
    await handle(placed(order));
    expect(await reservationOf(order)).toMatchObject({ state: 'REJECTED', orderVersion: order.version });
    expect(await stockOf(plenty)).toMatchObject({ stock: 10, reserved: 0 });
    expect(await stockOf(scarce)).toMatchObject({ stock: 1, reserved: 0 });
  });

  it('takes the status rejected as one write of the order', async () => {
    const order = await ordered(2, await stocked(1));
    await handle(placed(order));
    const GSI1PK = order.GSI1PK.replace('placed', 'rejected');
    const rejected = { status: 'rejected', GSI1PK, version: order.version + 1 };
    expect(await table.get(order)).toMatchObject(rejected);
  });

  it('expires after its rejection where orders are not kept for ever', async () => {
    const { dynamoDb, tableName } = table;
    const order = await ordered(2, await stocked(1));
    const keeping = new OrderInventory({ dynamoDb, tableName, clock: systemClock, orderRetentionDays: 30 });
    await keeping.handle(placed(order), new AbortController().signal);
    const { status, ttl } = OrderSchema.parse(await table.get(order));
    expect(status).toBe('rejected');
    expect(ttl).toBeGreaterThan(Date.now() / 1_000 + 29 * 86_400);
  });

  it('does not expire where orders are kept for ever', async () => {
    const order = await ordered(2, await stocked(1));
    await handle(placed(order));
    expect(await table.get(order)).not.toHaveProperty('ttl');
  });

  it('is rejected when a product is unknown', async () => {
    const order = await ordered(1, productItem({ sku: 'NEVER-SEEN' }));
    await handle(placed(order));
    expect(await table.get(order)).toMatchObject({ status: 'rejected' });
  });

  it('keeps its status when another writer has changed it in the meantime', async () => {
    const order = await ordered(2, await stocked(1));
    await table.put(withStatus(order, 'cancelled'));
    await handle(placed(order));
    expect(await table.get(order)).toMatchObject({ status: 'cancelled', version: order.version + 1 });
    expect(await reservationOf(order)).toMatchObject({ state: 'REJECTED' });
  });

  it('is not rejected when it was removed and created again in the meantime: its new record decides', async () => {
    const order = await ordered(2, await stocked(1));
    const { orderId, lines, version } = order;
    const again = orderItem({ orderId, lines, version: version + 100 });
    await table.put(again);
    await handle(placed(order));
    expect(await table.get(order)).toMatchObject({ status: 'placed', version: again.version });
  });

  it('is not made again when it was removed in the meantime', async () => {
    const product = await stocked(1);
    const order = orderItem({ orderId: orderIdOf(900_000), lines: [orderLine({ sku: product.sku })] });
    await handle(placed(order));
    expect(await table.get(order)).toBeUndefined();
    expect(await reservationOf(order)).toMatchObject({ state: 'REJECTED' });
  });

  it('stays rejected when its record is replayed after new stock arrived', async () => {
    const product = await stocked(1);
    const order = await ordered(2, product);
    await handle(placed(order));
    await table.put({ ...product, stock: 100, received: 100 });
    await handle(placed(order));
    expect(await stockOf(product)).toMatchObject({ stock: 100, reserved: 0 });
  });
});

describe('an order that releases its stock', () => {
  it('releases it when it is cancelled', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(placed(order));
    await handle(cancelled(order));
    expect(await stockOf(product)).toMatchObject({ stock: 10, reserved: 0 });
    expect(await reservationOf(order)).toMatchObject({ state: 'RELEASED', orderVersion: order.version + 1 });
  });

  it('releases it when it is removed before it was shipped', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(placed(order));
    await handle(orderChange(removeOf(order)));
    expect(await stockOf(product)).toMatchObject({ stock: 10, reserved: 0 });
  });

  it('keeps it reserved when it is removed after it was shipped', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(placed(order));
    await handle(orderChange(removeOf(withStatus(order, 'delivered'))));
    expect(await stockOf(product)).toMatchObject({ stock: 7, reserved: 3 });
  });

  it.each(['delivered', 'cancelled', 'rejected'] as const)(
    'changes no stock when it was %s long ago and expires',
    async (status) => {
      const product = await stocked(status === 'rejected' ? 1 : 10);
      const order = await ordered(3, product);
      const last = withStatus(order, status);
      await handle(placed(order));
      await handle(orderChange(modifyOf(order, last)));
      const before = await stockOf(product);
      await handle(orderChange(removeOf(last, { expired: true })));
      expect(await stockOf(product)).toEqual(before);
    },
  );

  it('releases it once when it is cancelled and removed at the same time', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(placed(order));
    await Promise.all([
      handle(cancelled(order)),
      handle(orderChange(removeOf(withStatus(order, 'cancelled')))),
    ]);
    expect(await stockOf(product)).toMatchObject({ stock: 10, reserved: 0 });
  });

  it('reserves nothing when its first record comes after its cancellation', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(cancelled(order));
    await handle(placed(order));
    expect(await stockOf(product)).toMatchObject({ stock: 10, reserved: 0 });
  });

  it('reserves again when it is made again later', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    for (const change of orderLife(order, 'cancelled')) await handle(change);
    const { orderId, lines, version } = order;
    await handle(placed(orderItem({ orderId, lines, version: version + 100 })));
    expect(await stockOf(product)).toMatchObject({ stock: 7, reserved: 3 });
  });

  it('keeps what it holds when it is made again and the removal of the first is late', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    const { orderId, lines, version } = order;
    await handle(placed(order));
    await handle(placed(orderItem({ orderId, lines, version: version + 100 })));
    await handle(orderChange(removeOf(order)));
    expect(await stockOf(product)).toMatchObject({ stock: 7, reserved: 3 });
    expect(await reservationOf(order)).toMatchObject({ state: 'RESERVED' });
  });

  it('holds nothing when it is made again after a rejection and both records come late', async () => {
    const product = await stocked(1);
    const order = await ordered(2, product);
    const again = orderItem({ orderId: order.orderId, lines: order.lines, version: order.version + 100 });
    await handle(placed(order));
    await table.put({ ...product, stock: 10, received: 10 });
    await handle(orderChange(removeOf(again)));
    await handle(placed(again));
    expect(await stockOf(product)).toMatchObject({ stock: 10, reserved: 0 });
  });

  it('cannot release more than is reserved', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await handle(placed(order));
    await table.put({ ...product, stock: 9, reserved: 1 });
    await expect(handle(cancelled(order))).rejects.toThrow(StockViolationError);
  });
});

describe('in any order and with any number of deliveries', () => {
  it.each([
    ['kept', [0, 1], { stock: 7, reserved: 3 }, 'RESERVED'],
    ['cancelled and removed', [0, 1, 2, 3], { stock: 10, reserved: 0 }, 'RELEASED'],
  ] as const)('an order that is %s leaves the same stock', async (_, places, remaining, state) => {
    await fc.assert(
      fc.asyncProperty(deliveriesOf(places), async (delivered) => {
        const product = await stocked(10);
        const order = await ordered(3, product);
        const changes = orderLife(order, 'confirmed', 'cancelled');
        for (const change of delivered.flatMap((place) => changes[place] ?? [])) {
          await handle(change);
          const { stock, reserved, received } = await stockOf(product);
          expect(stock + reserved).toBe(received);
        }
        expect(await stockOf(product)).toMatchObject(remaining);
        expect(await reservationOf(order)).toMatchObject({ state });
      }),
      { numRuns: RUNS },
    );
  });
});

describe('with the records of several orders in any batches', () => {
  const REMAINING = { stock: 14, reserved: 6 };

  it('the same stock remains, and none is lost on the way', async () => {
    const places = [0, 1, 2].flatMap((order) => [0, 1, 2, 3].map((step) => ({ order, step })));
    // The first two orders are kept, the last is cancelled and removed.
    const kept = places.filter(({ order, step }) => order === 2 || step < 2);
    await fc.assert(
      fc.asyncProperty(deliveriesOf(kept), fc.integer({ min: 1, max: 8 }), async (delivered, size) => {
        const product = await stocked(20);
        const lives = (await orderedTimes(3, 3, product)).map((order) =>
          orderLife(order, 'confirmed', 'cancelled'),
        );
        const changes = delivered.flatMap(({ order, step }) => lives[order]?.[step] ?? []);
        for (let start = 0; start < changes.length; start += size) {
          await Promise.all(changes.slice(start, start + size).map(handle));
          const { stock, reserved, received } = await stockOf(product);
          expect(stock + reserved).toBe(received);
        }
        expect(await stockOf(product)).toMatchObject(REMAINING);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('orders that compete', () => {
  it('for the last piece: exactly one gets it and the others are rejected', async () => {
    const product = await stocked(1);
    const orders = await orderedTimes(10, 1, product);
    await Promise.all(orders.map((order) => handle(placed(order))));
    const statuses = await Promise.all(orders.map(async (order) => (await table.get(order))?.['status']));
    expect(statuses.filter((status) => status === 'placed')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'rejected')).toHaveLength(9);
    expect(await stockOf(product)).toMatchObject({ stock: 0, reserved: 1 });
  });

  it('for the last piece from several consumers at once: exactly one gets it', async () => {
    const product = await stocked(1);
    const orders = await orderedTimes(6, 1, product);
    const { dynamoDb, tableName } = table;
    const handled = orders.map((order) =>
      new OrderInventory({ dynamoDb, tableName, clock: systemClock }).handle(
        placed(order),
        new AbortController().signal,
      ),
    );
    await Promise.all(handled);
    const states = await Promise.all(orders.map(async (order) => (await reservationOf(order))?.['state']));
    expect(states.filter((state) => state === 'RESERVED')).toHaveLength(1);
    expect(await stockOf(product)).toMatchObject({ stock: 0, reserved: 1 });
  });
});

describe('orders that are handled together', () => {
  it('write the product that they share once', async () => {
    const product = await stocked(100);
    const orders = await orderedTimes(40, 2, product);
    await Promise.all(orders.map((order) => handle(placed(order))));
    expect(await stockOf(product)).toMatchObject({ stock: 20, reserved: 80, version: product.version + 1 });
  });

  it('are rejected only where their own product has insufficient stock', async () => {
    const [plenty, scarce] = [await stocked(10), await stocked(1)];
    const [reserved, rejected] = [await ordered(2, plenty), await ordered(2, plenty, scarce)];
    await Promise.all([reserved, rejected].map((order) => handle(placed(order))));
    expect(await reservationOf(reserved)).toMatchObject({ state: 'RESERVED' });
    expect(await reservationOf(rejected)).toMatchObject({ state: 'REJECTED' });
    expect(await stockOf(plenty)).toMatchObject({ stock: 8, reserved: 2 });
  });

  it.each([
    ['breaks its contract', { state: 'LOST' }],
    ['holds a number that JavaScript has not', { version: NumberValue.from('90071992547409931.5') }],
  ])('do not fail for one whose reservation %s', async (_, fault) => {
    const product = await stocked(10);
    const [broken, sound] = [await ordered(2, product), await ordered(2, product)];
    await table.put({ ...reservationItem({ orderId: broken.orderId }), ...fault });
    const results = await Promise.allSettled([broken, sound].map((order) => handle(placed(order))));
    expect(results).toMatchObject([
      { status: 'rejected', reason: expect.any(ContractViolationError) },
      { status: 'fulfilled' },
    ]);
  });

  it('may be one order twice', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await Promise.all([handle(placed(order)), handle(cancelled(order))]);
    expect(await stockOf(product)).toMatchObject({ stock: 10, reserved: 0 });
    expect(await reservationOf(order)).toMatchObject({ state: 'RELEASED' });
  });
});

describe('a table with constant writes of others', () => {
  it('is written once the conflict is over', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    await inventoryWithConflicts(2).handle(placed(order), new AbortController().signal);
    expect(await stockOf(product)).toMatchObject({ stock: 7, reserved: 3 });
  });

  it('fails the change as transient while the conflict lasts, and changes no stock', async () => {
    const product = await stocked(10);
    const order = await ordered(3, product);
    const handled = inventoryWithConflicts(Number.POSITIVE_INFINITY).handle(
      placed(order),
      new AbortController().signal,
    );
    await expect(handled).rejects.toThrow(StockContentionError);
    expect(await stockOf(product)).toMatchObject({ stock: 10, reserved: 0 });
  });
});
