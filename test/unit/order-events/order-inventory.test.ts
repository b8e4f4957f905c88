import {
  BatchGetItemCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isOfAnotherItem } from '../../../contracts/api/dead-letters.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { PIECES_MAX, type ProductItem } from '../../../contracts/entities/product.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { OrderId, Version } from '../../../contracts/ids.ts';
import { ContractViolationError, SinkRefusedError } from '../../../pipelines/errors.ts';
import { OrderInventory } from '../../../pipelines/order-events/inventory/order-inventory.ts';
import {
  NotReleasableError,
  StockViolationError,
} from '../../../pipelines/order-events/inventory/stock-errors.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import type { ChangeOf } from '../../../pipelines/stream/stream-change.ts';
import { cancelledBy, refusedRead } from '../../builders/cancelled.ts';
import { clientThat, modelTable, TABLE } from '../../builders/model-table.ts';
import { orderChange, orderIdOf, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine, productItem, reservationItem } from '../../builders/values/items.ts';

const NOW = new Date('2026-03-05T08:00:00.000Z');
const FIRST_VERSION = 1_772_366_400_000_007;
const { signal } = new AbortController();

/** What happens when a command is sent, before it reaches the table; it fails with what this throws. */
type Meeting = (command: object, actions: readonly TransactWriteItem[]) => unknown;

/** The inventory on a table in memory, and what it holds. A test gets in between of its requests. */
function inventoryOn(
  items: readonly ItemKey[],
  { meeting, orderRetentionDays }: { meeting?: Meeting; orderRetentionDays?: number } = {},
) {
  const { dynamoDb: table, database } = modelTable(...items);
  const sent: object[] = [];
  const dynamoDb = clientThat(async (command: object) => {
    sent.push(command);
    await meeting?.(command, actionsOf(command));
    return table.send(command as never);
  });
  const put = (item: ItemKey & object) => {
    const image = marshall(item, { removeUndefinedValues: true });
    database.change(TABLE, image, image);
  };
  const itemAt = ({ pk, sk }: ItemKey): Record<string, unknown> | undefined => {
    const image = database.item(TABLE, marshall({ pk, sk }));
    return image && unmarshall(image);
  };
  const clock = { now: () => NOW, firstVersion: () => Version.parse(FIRST_VERSION) };
  const inventory = new OrderInventory({
    dynamoDb,
    tableName: TABLE,
    clock,
    ...(orderRetentionDays === undefined ? {} : { orderRetentionDays }),
  });
  const handle = (...changes: readonly ChangeOf<'Order'>[]) =>
    Promise.allSettled(changes.map((change) => inventory.handle(change, signal)));
  const transactions = () => sent.filter((command) => command instanceof TransactWriteItemsCommand);
  const reservationOf = ({ orderId }: OrderItem) => itemAt(reservationKey(OrderId.parse(orderId)));
  return { inventory, handle, put, itemAt, reservationOf, sent, transactions };
}

const actionsOf = (command: object): readonly TransactWriteItem[] =>
  command instanceof TransactWriteItemsCommand ? (command.input.TransactItems ?? []) : [];
const stocked = (sku: string, pieces: number): ProductItem =>
  productItem({ sku, stock: pieces, received: pieces });
const ordering = (number: number, quantity: number, ...skus: readonly string[]): OrderItem =>
  orderItem({ orderId: orderIdOf(number), lines: skus.map((sku) => orderLine({ sku, quantity })) });
const placed = (order: OrderItem) => orderChange(insertOf(order));
const cancelled = (order: OrderItem) => orderChange(modifyOf(order, withStatus(order, 'cancelled')));
const several = (count: number, of: (number: number) => OrderItem) =>
  Array.from({ length: count }, (_, number) => of(number));
const reasons = (results: readonly PromiseSettledResult<void>[]): unknown[] =>
  results.map((result) => (result.status === 'rejected' ? (result.reason ?? 'no reason') : undefined));

// Every wait is then of no length.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

describe('an order that is placed', () => {
  it('holds its stock, and the reservation says how much', async () => {
    const [product, order] = [stocked('A', 10), ordering(1, 3, 'A')];
    const { handle, itemAt, reservationOf } = inventoryOn([product, order]);
    expect(reasons(await handle(placed(order)))).toEqual([undefined]);
    expect(itemAt(product)).toMatchObject({
      stock: 7,
      reserved: 3,
      version: product.version + 1,
      updatedAt: NOW.toISOString(),
    });
    expect(reservationOf(order)).toEqual({
      ...reservationKey(OrderId.parse(order.orderId)),
      entityType: 'Reservation',
      orderId: order.orderId,
      userId: order.userId,
      state: 'RESERVED',
      orderVersion: order.version,
      lines: [{ sku: 'A', quantity: 3 }],
      createdAt: NOW.toISOString(),
      updatedAt: NOW.toISOString(),
      version: FIRST_VERSION,
    });
  });

  it('is only read when it comes again', async () => {
    const order = ordering(1, 3, 'A');
    const { handle, transactions } = inventoryOn([stocked('A', 10), order]);
    await handle(placed(order));
    expect(reasons(await handle(placed(order)))).toEqual([undefined]);
    expect(transactions()).toHaveLength(1);
  });

  it('takes the last piece, and gives it back', async () => {
    const [product, order] = [stocked('A', 3), ordering(1, 3, 'A')];
    const { handle, itemAt } = inventoryOn([product, order]);
    await handle(placed(order));
    expect(itemAt(product)).toMatchObject({ stock: 0, reserved: 3 });
    await handle(cancelled(order));
    expect(itemAt(product)).toMatchObject({ stock: 3, reserved: 0 });
  });

  it('may reserve as many pieces as a product can count', async () => {
    const product = productItem({ sku: 'A', stock: 5, reserved: PIECES_MAX - 3, received: PIECES_MAX });
    const order = ordering(1, 3, 'A');
    const { handle, itemAt } = inventoryOn([product, order]);
    await handle(placed(order));
    expect(itemAt(product)).toMatchObject({ stock: 2, reserved: PIECES_MAX });
  });

  it('has nothing read for it once the time is over', async () => {
    const order = ordering(1, 3, 'A');
    const { inventory, sent } = inventoryOn([order]);
    const reason = new Error('out of time');
    await expect(inventory.handle(placed(order), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(sent).toEqual([]);
  });
});

it('an order that is shipped asks nothing of the table', async () => {
  const order = ordering(1, 3, 'A');
  const { handle, sent } = inventoryOn([order]);
  await handle(orderChange(modifyOf(order, withStatus(order, 'shipped'))));
  expect(sent).toEqual([]);
});

describe('an order that is cancelled', () => {
  it('releases what it holds', async () => {
    const [product, order] = [stocked('A', 1_000), ordering(1, 3, 'A')];
    const { handle, itemAt, reservationOf } = inventoryOn([product, order]);
    await handle(placed(order));
    await handle(cancelled(order));
    expect(itemAt(product)).toMatchObject({ stock: 1_000, reserved: 0 });
    expect(reservationOf(order)).toMatchObject({
      state: 'RELEASED',
      orderVersion: order.version + 1,
      version: FIRST_VERSION + 1,
    });
  });

  it('together with its placing leaves the stock as it was, in two transactions', async () => {
    const [product, order] = [stocked('A', 10), ordering(1, 3, 'A')];
    const { handle, itemAt, transactions } = inventoryOn([product, order]);
    expect(reasons(await handle(placed(order), cancelled(order)))).toEqual([undefined, undefined]);
    expect(transactions()).toHaveLength(2);
    expect(itemAt(product)).toMatchObject({ stock: 10, reserved: 0 });
  });

  it('is decided again where its reservation changed meanwhile', async () => {
    const [product, order] = [stocked('A', 10), ordering(1, 3, 'A')];
    let isFirst = true;
    const on = inventoryOn([product, order], {
      meeting: (_, actions) => {
        const reservation = on.reservationOf(order);
        if (actions.length === 0 || reservation === undefined || !isFirst) return;
        isFirst = false;
        on.put({
          ...reservationKey(OrderId.parse(order.orderId)),
          ...reservation,
          ...{ version: FIRST_VERSION + 7 },
        });
      },
    });
    await on.handle(placed(order));
    expect(reasons(await on.handle(cancelled(order)))).toEqual([undefined]);
    expect(on.reservationOf(order)).toMatchObject({ state: 'RELEASED', version: FIRST_VERSION + 8 });
    expect(on.itemAt(product)).toMatchObject({ stock: 10, reserved: 0 });
  });

  it('cannot release more than its products hold, and the failure names them', async () => {
    const order = ordering(1, 3, 'A');
    const { handle, put } = inventoryOn([stocked('A', 10), order]);
    await handle(placed(order));
    put(productItem({ sku: 'A', stock: 9, reserved: 1 }));
    const [reason] = reasons(await handle(cancelled(order)));
    expect(reason).toBeInstanceOf(StockViolationError);
    expect(reason).toMatchObject({
      issues: [
        {
          path: 'PRODUCT#A.reserved',
          message: 'is less than the order holds, or the stock has no room for it',
        },
      ],
      cause: expect.any(NotReleasableError),
    });
  });
});

describe('an order for more than there is', () => {
  it.each([
    ['of one of its products', [stocked('A', 10), stocked('B', 1)]],
    ['of a product that does not exist', [stocked('A', 10)]],
    [
      'than may be reserved',
      [stocked('A', 10), productItem({ sku: 'B', stock: 5, reserved: PIECES_MAX - 1, received: PIECES_MAX })],
    ],
  ])('%s is rejected and takes nothing', async (_what, products) => {
    const order = ordering(1, 2, 'A', 'B');
    const { handle, itemAt, reservationOf } = inventoryOn([...products, order]);
    expect(reasons(await handle(placed(order)))).toEqual([undefined]);
    expect(itemAt(order)).toEqual({
      ...order,
      status: 'rejected',
      GSI1PK: order.GSI1PK.replace('placed', 'rejected'),
      version: order.version + 1,
      updatedAt: NOW.toISOString(),
    });
    expect(reservationOf(order)).toMatchObject({
      state: 'REJECTED',
      orderVersion: order.version,
      lines: [
        { sku: 'A', quantity: 2 },
        { sku: 'B', quantity: 2 },
      ],
    });
    for (const product of products) expect(itemAt(product)).toEqual(product);
  });

  it('expires where orders are not kept for ever', async () => {
    const order = ordering(1, 2, 'A');
    const { handle, itemAt } = inventoryOn([order], { orderRetentionDays: 30 });
    await handle(placed(order));
    const days = (Number(itemAt(order)?.['ttl']) - NOW.getTime() / 1_000) / 86_400;
    expect(days).toBe(30);
  });

  it('keeps its status where another writer changed it meanwhile', async () => {
    const order = ordering(1, 2, 'A');
    const { handle, itemAt, reservationOf } = inventoryOn([withStatus(order, 'cancelled')]);
    expect(reasons(await handle(placed(order)))).toEqual([undefined]);
    expect(itemAt(order)).toMatchObject({ status: 'cancelled', version: order.version + 1 });
    expect(reservationOf(order)).toMatchObject({ state: 'REJECTED' });
  });

  it('is decided again where its reservation was written meanwhile', async () => {
    const order = ordering(1, 2, 'A');
    const on = inventoryOn([order], {
      meeting: (_, actions) => {
        if (actions.length > 0) on.put(reservationItem({ orderId: order.orderId }));
      },
    });
    expect(reasons(await on.handle(placed(order)))).toEqual([undefined]);
    expect(on.reservationOf(order)).toMatchObject({ state: 'RESERVED' });
    expect(on.itemAt(order)).toEqual(order);
    expect(on.transactions()).toHaveLength(1);
  });

  it('is decided again where its reservation was written between the two attempts to refuse it', async () => {
    const order = ordering(1, 2, 'A');
    const on = inventoryOn([withStatus(order, 'cancelled')], {
      meeting: (_, actions) => {
        if (actions.length === 1) on.put(reservationItem({ orderId: order.orderId }));
      },
    });
    expect(reasons(await on.handle(placed(order)))).toEqual([undefined]);
    expect(on.reservationOf(order)).toMatchObject({ state: 'RESERVED' });
  });

  it.each([
    ['with its order', 2],
    ['alone', 1],
  ])('fails with an error of the table when it is refused %s', async (_how, size) => {
    const order = ordering(1, 2, 'A');
    const { handle } = inventoryOn([withStatus(order, 'cancelled')], {
      meeting: (_, actions) => {
        if (actions.length === size) throw cancelledBy('ValidationError');
      },
    });
    expect(reasons(await handle(placed(order)))).toEqual([expect.any(SinkRefusedError)]);
  });

  it('is not refused once the time is over', async () => {
    const abort = new AbortController();
    const order = ordering(1, 2, 'A');
    const { inventory, transactions } = inventoryOn([order], {
      meeting: (command) => command instanceof BatchGetItemCommand && abort.abort(),
    });
    const results = await Promise.allSettled([inventory.handle(placed(order), abort.signal)]);
    expect(reasons(results)).toEqual([abort.signal.reason]);
    expect(transactions()).toEqual([]);
  });

  it('is refused with seven others at once, at most', async () => {
    const atOnce = { now: 0, most: 0 };
    const orders = several(20, (number) => ordering(number, 2, 'A'));
    const { handle } = inventoryOn(orders, {
      meeting: async (_, actions) => {
        if (actions.length === 0) return;
        atOnce.now += 1;
        atOnce.most = Math.max(atOnce.most, atOnce.now);
        await new Promise(setImmediate);
        atOnce.now -= 1;
      },
    });
    await handle(...orders.map(placed));
    expect(atOnce.most).toBe(8);
  });
});

describe('orders that are handled together', () => {
  it('are read and written together', async () => {
    const orders = several(40, (number) => ordering(number, 2, 'A'));
    const { handle, itemAt, sent } = inventoryOn([stocked('A', 100), ...orders]);
    await handle(...orders.map(placed));
    expect(sent.map((command) => command.constructor)).toEqual([
      BatchGetItemCommand,
      TransactWriteItemsCommand,
    ]);
    expect(itemAt(stocked('A', 100))).toMatchObject({ stock: 20, reserved: 80 });
  });

  it('are a hundred, and have five hundred reservations and lines, at most', async () => {
    const skus = Array.from({ length: 9 }, (_, n) => `P-${n}`);
    const products = skus.map((sku) => stocked(sku, 1_000));
    const few = several(101, (number) => ordering(number, 1, 'P-0'));
    const long = several(51, (number) => ordering(number, 1, ...skus));
    const readOf = async (orders: readonly OrderItem[]) => {
      const { handle, sent } = inventoryOn([...products, ...orders]);
      await handle(...orders.map(placed));
      // A read is of 100 keys. So the reservations and products of one round are in one or two.
      return sent.flatMap((command) =>
        command instanceof BatchGetItemCommand
          ? (command.input.RequestItems?.[TABLE]?.Keys?.length ?? 0)
          : [],
      );
    };
    expect(await readOf(few)).toEqual([100, 1, 2]);
    expect(await readOf(long)).toEqual([59, 10]);
  });

  it('do not fail for one whose reservation breaks its contract', async () => {
    const [broken, sound] = [ordering(1, 2, 'A'), ordering(2, 2, 'A')];
    const { handle, put, reservationOf } = inventoryOn([stocked('A', 10), broken, sound]);
    put({ ...reservationItem({ orderId: broken.orderId }), ...{ state: 'LOST' } });
    expect(reasons(await handle(placed(broken), placed(sound)))).toEqual([
      expect.any(ContractViolationError),
      undefined,
    ]);
    expect(reservationOf(sound)).toMatchObject({ state: 'RESERVED' });
  });

  it('name the reservation that breaks its contract, and not the order, which is sound', async () => {
    const order = ordering(1, 2, 'A');
    const { handle, put } = inventoryOn([stocked('A', 10), order]);
    put({ ...reservationItem({ orderId: order.orderId }), ...{ state: 'LOST', updatedAt: 'yesterday' } });
    const [failure] = reasons(await handle(placed(order)));
    const issues = failure instanceof ContractViolationError ? failure.issues : [];
    expect(issues.map(({ path }) => path).toSorted()).toEqual([
      `ORDER#${order.orderId} RESERVATION.state`,
      `ORDER#${order.orderId} RESERVATION.updatedAt`,
    ]);
    expect(issues.every(({ path }) => isOfAnotherItem(path))).toBe(true);
  });

  it.each([
    ['is no number', { stock: 'many' }, 'stock'],
    ['is negative', { stock: -1 }, 'stock'],
    ['has no reserved pieces', { reserved: undefined }, 'reserved'],
  ])('fail, and are not refused, where the stock of their product %s', async (_, fault, field) => {
    const [broken, sound] = [ordering(1, 2, 'A', 'B'), ordering(2, 2, 'A')];
    const product = stocked('B', 10);
    const { handle, put, itemAt, reservationOf } = inventoryOn([stocked('A', 10), product, broken, sound]);
    put({ ...product, ...fault });
    const [first, second] = reasons(await handle(placed(broken), placed(sound)));
    expect(first).toMatchObject({
      code: 'stock-violation',
      issues: [{ path: `${product.pk}.${field}` }],
    });
    expect(second).toBeUndefined();
    expect(itemAt(broken)).toMatchObject({ status: 'placed' });
    expect(reservationOf(broken)).toBeUndefined();
    put(product);
    await handle(placed(broken));
    expect(reservationOf(broken)).toMatchObject({ state: 'RESERVED' });
  });

  it('keep what they hold where the stock of their product can no longer be read', async () => {
    const order = ordering(1, 2, 'A');
    const product = stocked('A', 10);
    const { handle, put, itemAt, reservationOf } = inventoryOn([product, order]);
    await handle(placed(order));
    const held = { ...product, ...itemAt(product) };
    put({ ...held, stock: 'many' } as never);
    expect(reasons(await handle(cancelled(order)))).toMatchObject([
      { code: 'stock-violation', issues: [{ path: `${product.pk}.stock` }] },
    ]);
    put(held);
    await handle(cancelled(order));
    expect(reservationOf(order)).toMatchObject({ state: 'RELEASED' });
    expect(itemAt(product)).toMatchObject({ stock: 10, reserved: 0 });
  });

  it('are refused only where their own product has too few pieces', async () => {
    const [held, refused] = [ordering(1, 2, 'A'), ordering(2, 2, 'B')];
    const { handle, itemAt } = inventoryOn([stocked('A', 10), stocked('B', 1), held, refused]);
    await handle(placed(held), placed(refused));
    expect([itemAt(held)?.['status'], itemAt(refused)?.['status']]).toEqual(['placed', 'rejected']);
  });

  it('are decided again where the ones before them took the stock, and only those', async () => {
    const orders = several(3, (number) => ordering(number, 2, 'A'));
    const { handle, itemAt } = inventoryOn([stocked('A', 5), ...orders]);
    await handle(...orders.map(placed));
    expect(orders.map((order) => itemAt(order)?.['status'])).toEqual(['placed', 'placed', 'rejected']);
    expect(itemAt(stocked('A', 5))).toMatchObject({ stock: 1, reserved: 4 });
  });

  it('fail alone with what the table refuses for good, while the others are decided again', async () => {
    const orders = several(2, (number) => ordering(number, 2, number === 0 ? 'A' : 'B'));
    let isFirst = true;
    const { handle, reservationOf } = inventoryOn([stocked('A', 5), stocked('B', 5), ...orders], {
      meeting: (_, actions) => {
        const isOf = (number: number) =>
          actions.some(({ Put }) => Put?.Item?.['orderId']?.S === orderIdOf(number));
        if (isOf(0)) throw cancelledBy(...actions.map(() => 'ValidationError'));
        if (!isOf(1) || !isFirst) return;
        isFirst = false;
        throw cancelledBy(...actions.map(() => 'ConditionalCheckFailed'));
      },
    });
    expect(reasons(await handle(...orders.map(placed)))).toEqual([expect.any(SinkRefusedError), undefined]);
    expect(orders.map((order) => reservationOf(order)?.['state'])).toEqual([undefined, 'RESERVED']);
  });

  it('all fail, and none as refused, where the table refuses to be read: that is no fault of an order', async () => {
    const orders = several(2, (number) => ordering(number, 2, 'A'));
    const refusal = refusedRead();
    const { handle } = inventoryOn(orders, {
      meeting: () => {
        throw refusal;
      },
    });
    expect(reasons(await handle(...orders.map(placed)))).toEqual([refusal, refusal]);
  });

  it('all fail, as changed, where they change at every attempt', async () => {
    const orders = several(2, (number) => ordering(number, 2, 'A'));
    const { handle, transactions } = inventoryOn([stocked('A', 5), ...orders], {
      meeting: (_, actions) => {
        if (actions.length > 0) throw cancelledBy(...actions.map(() => 'ConditionalCheckFailed'));
      },
    });
    expect(reasons(await handle(...orders.map(placed)))).toMatchObject([
      { code: 'optimistic-lock-failure' },
      { code: 'optimistic-lock-failure' },
    ]);
    expect(transactions()).toHaveLength(8);
  });
});

describe('an order that is removed and imported again, and its removal is late', () => {
  const imported = (order: OrderItem, quantity: number, ...skus: readonly string[]): OrderItem =>
    orderItem({
      orderId: order.orderId,
      version: order.version + 5,
      lines: skus.map((sku) => orderLine({ sku, quantity })),
    });

  it('holds what the new one needs, in place of what the old one held', async () => {
    const order = ordering(1, 3, 'A');
    const [a, b] = [stocked('A', 10), stocked('B', 10)];
    const { handle, itemAt, reservationOf } = inventoryOn([a, b]);
    await handle(placed(order));
    const again = imported(order, 4, 'B');
    expect(reasons(await handle(placed(again)))).toEqual([undefined]);
    expect([itemAt(a), itemAt(b)]).toMatchObject([
      { stock: 10, reserved: 0 },
      { stock: 6, reserved: 4 },
    ]);
    await handle(orderChange(removeOf(order)));
    expect(reservationOf(order)).toMatchObject({
      state: 'RESERVED',
      orderVersion: again.version,
      lines: [{ sku: 'B', quantity: 4 }],
    });
  });

  it('is rejected where the new one needs more than there is, and the stock of the old one is free', async () => {
    const order = ordering(1, 3, 'A');
    const again = imported(order, 11, 'A');
    const { handle, put, itemAt, reservationOf } = inventoryOn([stocked('A', 10)]);
    await handle(placed(order));
    put(again);
    expect(reasons(await handle(placed(again)))).toEqual([undefined]);
    expect(itemAt(stocked('A', 10))).toMatchObject({ stock: 10, reserved: 0 });
    expect(itemAt(again)).toMatchObject({ status: 'rejected' });
    expect(reservationOf(order)).toMatchObject({ state: 'REJECTED', orderVersion: again.version });
  });

  it('keeps what is held where the new one has the same lines in another order', async () => {
    const order = ordering(1, 3, 'A', 'B');
    const { handle, reservationOf, transactions } = inventoryOn([stocked('A', 3), stocked('B', 3)]);
    await handle(placed(order));
    const again = imported(order, 3, 'B', 'A');
    expect(reasons(await handle(placed(again)))).toEqual([undefined]);
    expect(transactions()).toHaveLength(2);
    expect(reservationOf(order)).toMatchObject({ state: 'RESERVED', orderVersion: again.version });
  });
});

it('an order that is fixed with other lines keeps what it holds, where another one waits for that stock', async () => {
  const order = ordering(1, 3, 'A');
  const waiting = ordering(2, 3, 'A');
  const { handle, itemAt, reservationOf } = inventoryOn([stocked('A', 3), waiting]);
  await handle(placed(order));
  const fixed = orderItem({
    ...withStatus(order, 'confirmed'),
    lines: [orderLine({ sku: 'A', quantity: 2 })],
  });
  expect(reasons(await handle(currentChange(fixed), placed(waiting)))).toEqual([undefined, undefined]);
  expect(reservationOf(order)).toMatchObject({
    state: 'RESERVED',
    orderVersion: fixed.version,
    lines: [{ sku: 'A', quantity: 3 }],
  });
  expect(itemAt(waiting)).toMatchObject({ status: 'rejected' });
});

it('a removed order that no reservation was made for is remembered, so that a late placing takes nothing', async () => {
  const [product, order] = [stocked('A', 10), ordering(1, 3, 'A')];
  const { handle, itemAt, reservationOf } = inventoryOn([product]);
  await handle(orderChange(removeOf(order)));
  await handle(placed(order));
  expect(itemAt(product)).toEqual(product);
  expect(reservationOf(order)).toMatchObject({ state: 'RELEASED', lines: [] });
});
