import {
  TransactionCanceledException,
  type TransactWriteItem,
  type TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LOW_STOCK_MAX, productKey } from '../../../contracts/entities/product.ts';
import { Sku } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import {
  StockChangedError,
  StockContentionError,
} from '../../../pipelines/order-events/inventory/stock-errors.ts';
import type { Stock } from '../../../pipelines/order-events/inventory/stock-table.ts';
import { type StepWrite, StockWriter } from '../../../pipelines/order-events/inventory/stock-writer.ts';
import { clientThat, modelTable, TABLE } from '../../builders/model-table.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { productItem, reservationItem } from '../../builders/values/items.ts';

const PLENTY = 1_000_000;
const signal = new AbortController().signal;
const [A, B, C] = [Sku.parse('A'), Sku.parse('B'), Sku.parse('C')];

/** A hold of one piece of each product, for an order of its own. */
function hold(order: number, ...skus: readonly Sku[]): StepWrite {
  const lines = skus.map((sku) => ({ sku, quantity: 1 }));
  const next = reservationItem({ orderId: orderIdOf(order), lines });
  return {
    reservation: { next, read: undefined },
    step: { kind: 'hold', state: 'RESERVED', lines: next.lines },
  };
}
const holds = (count: number, sku: Sku, from = 0): readonly StepWrite[] =>
  Array.from({ length: count }, (_, n) => hold(from + n, sku));
const stocks = (stock = PLENTY): ReadonlyMap<Sku, Stock> =>
  new Map([A, B, C].map((sku) => [sku, { stock, reserved: 0 }]));

const cancelledBy = (reasons: readonly string[]): TransactionCanceledException =>
  new TransactionCanceledException({
    message: '',
    $metadata: {},
    CancellationReasons: reasons.map((Code) => ({ Code })),
  });
const keyOf = (action: TransactWriteItem): string =>
  (action.Put?.Item ?? action.Update?.Key)?.['pk']?.S ?? '';
const isOf = (sku: Sku, action: TransactWriteItem): boolean => keyOf(action) === productKey(sku).pk;

/** A table that answers each transaction with `answer`, and keeps what it was sent. */
function tableThat(answer: (actions: readonly TransactWriteItem[]) => unknown) {
  const sent: (readonly TransactWriteItem[])[] = [];
  const dynamoDb = clientThat(async ({ input }: TransactWriteItemsCommand) => {
    const actions = input.TransactItems ?? [];
    sent.push(actions);
    return answer(actions);
  });
  return { sent, writer: new StockWriter({ dynamoDb, tableName: 'orders', clock: systemClock }) };
}

/** Cancels what names the product, so many times. */
function contendedAt(sku: Sku, times: number) {
  let remaining = times;
  return tableThat((actions) => {
    if (remaining === 0 || !actions.some((action) => isOf(sku, action))) return {};
    remaining -= 1;
    throw cancelledBy(actions.map((action) => (isOf(sku, action) ? 'TransactionConflict' : 'None')));
  });
}

const ordersIn = (actions: readonly TransactWriteItem[]): number => actions.filter(({ Put }) => Put).length;
const failures = (results: readonly PromiseSettledResult<void>[]): readonly unknown[] =>
  results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));

// Every back-off is then of no length.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

describe('the transactions of the stock', () => {
  it('change a product once for all orders that share it', async () => {
    const { writer, sent } = tableThat(() => ({}));
    expect(failures(await writer.write(holds(50, A), stocks(), signal))).toEqual([]);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.at(-1)?.Update?.ExpressionAttributeValues?.[':held']).toEqual({ N: '50' });
  });

  it('are never two at one product at once', async () => {
    const atOnce = new Set<string>();
    let isTwice = false;
    const { writer } = tableThat(async (actions) => {
      const products = actions.filter(({ Update }) => Update).map(keyOf);
      isTwice ||= products.some((pk) => atOnce.has(pk));
      for (const pk of products) atOnce.add(pk);
      await new Promise((resolve) => setImmediate(resolve));
      for (const pk of products) atOnce.delete(pk);
      return {};
    });
    const steps = Array.from({ length: 150 }, (_, n) =>
      hold(n, [A, B, C][n % 3] ?? A, [B, C, A][n % 3] ?? B),
    );
    expect(failures(await writer.write(steps, stocks(), signal))).toEqual([]);
    expect(isTwice).toBe(false);
  });

  it('hold no more together than was read: the others are decided again', async () => {
    const { writer, sent } = tableThat(() => ({}));
    const results = await writer.write(holds(5, A), stocks(3), signal);
    expect(sent).toHaveLength(1);
    expect(sent[0]).toHaveLength(4);
    expect(failures(results)).toEqual([expect.any(StockChangedError), expect.any(StockChangedError)]);
  });

  it.each([
    ['takes it out of the index', LOW_STOCK_MAX + 1, / REMOVE GSI2PK$/],
    ['puts it into the index', LOW_STOCK_MAX, /, GSI2PK = :partition$/],
  ])('that leave a product with %s', async (_, stock, expression) => {
    const { writer, sent } = tableThat(() => ({}));
    await writer.write([hold(1, A)], stocks(stock), signal);
    expect(sent[0]?.at(-1)?.Update?.UpdateExpression).toMatch(expression);
  });

  it('take a product out of the index only where plenty is left in the table too', async () => {
    const product = productItem({ sku: A, stock: LOW_STOCK_MAX, received: LOW_STOCK_MAX });
    const { dynamoDb, database } = modelTable(product);
    const writer = new StockWriter({ dynamoDb, tableName: TABLE, clock: systemClock });
    const results = await writer.write([hold(1, A)], stocks(LOW_STOCK_MAX + 1), signal);
    expect(failures(results)).toEqual([expect.any(StockChangedError)]);
    expect(database.item(TABLE, marshall(productKey(A)))).toMatchObject({
      stock: { N: String(LOW_STOCK_MAX) },
    });
  });

  it('are not sent for orders that the ones before them left no stock for', async () => {
    const { dynamoDb, send } = modelTable(productItem({ sku: A, stock: 3, received: 3 }));
    const writer = new StockWriter({ dynamoDb, tableName: TABLE, clock: systemClock });
    const results = await writer.write(holds(100, A), stocks(3), signal);
    expect(failures(results)).toHaveLength(97);
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe('a transaction that met another one', () => {
  it('is taken apart: the orders without that product go at once, and those with it together and alone', async () => {
    const { writer, sent } = contendedAt(A, 1);
    const steps = [...holds(2, A), ...holds(2, B, 10), ...holds(2, C, 20)];
    expect(failures(await writer.write(steps, stocks(), signal))).toEqual([]);
    expect(sent.map((actions) => actions.filter(({ Update }) => Update).map(keyOf))).toEqual([
      ['PRODUCT#A', 'PRODUCT#B', 'PRODUCT#C'],
      ['PRODUCT#B', 'PRODUCT#C'],
      ['PRODUCT#A'],
    ]);
    expect(sent.map(ordersIn)).toEqual([6, 4, 2]);
  });

  it('and a full partition key is taken apart at both', async () => {
    let isFirst = true;
    const { writer, sent } = tableThat((actions) => {
      if (!isFirst) return {};
      isFirst = false;
      throw cancelledBy(
        actions.map((action) =>
          isOf(A, action) ? 'TransactionConflict' : isOf(B, action) ? 'ThrottlingError' : 'None',
        ),
      );
    });
    expect(failures(await writer.write([hold(1, A), hold(2, B), hold(3, C)], stocks(), signal))).toEqual([]);
    expect(sent.map((actions) => actions.filter(({ Update }) => Update).map(keyOf))).toEqual([
      ['PRODUCT#A', 'PRODUCT#B', 'PRODUCT#C'],
      ['PRODUCT#C'],
      ['PRODUCT#A'],
      ['PRODUCT#B'],
    ]);
  });

  it('makes the next ones half as large', async () => {
    const products = Array.from({ length: 30 }, (_, n) => Sku.parse(`P-${n}`));
    const read = new Map([
      ...stocks(),
      ...products.map((sku) => [sku, { stock: PLENTY, reserved: 0 }] as const),
    ]);
    const { writer, sent } = contendedAt(A, 1);
    await writer.write([hold(99, A), ...products.map((sku, n) => hold(n, sku))], read, signal);
    sent.length = 0;
    await writer.write(
      products.map((sku, n) => hold(100 + n, sku)),
      read,
      signal,
    );
    expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(52);
  });

  it('fails its orders as contended when it meets others at every attempt, and only those', async () => {
    const { writer } = contendedAt(A, Number.POSITIVE_INFINITY);
    const results = await writer.write([hold(1, A), hold(2, B)], stocks(), signal);
    expect(failures(results)).toEqual([expect.any(StockContentionError)]);
    expect(results[1]).toMatchObject({ status: 'fulfilled' });
  });

  it('is not repeated once the time of its records is over', async () => {
    const abort = new AbortController();
    const { writer, sent } = tableThat((actions) => {
      abort.abort();
      throw cancelledBy(actions.map(() => 'TransactionConflict'));
    });
    const results = await writer.write([hold(1, A)], stocks(), abort.signal);
    expect(failures(results)).toEqual([abort.signal.reason]);
    expect(sent).toHaveLength(1);
  });
});

describe('a transaction that cannot be written', () => {
  it('fails the order alone that it cannot be written for', async () => {
    const { writer } = tableThat((actions) => {
      if (actions.some((action) => isOf(A, action)))
        throw cancelledBy(actions.map((action) => (isOf(A, action) ? 'ValidationError' : 'None')));
      return {};
    });
    const results = await writer.write([hold(1, A), hold(2, B), hold(3, C)], stocks(), signal);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    expect(failures(results)).toMatchObject([{ code: 'sink-refused' }]);
  });

  it('fails all of its orders with an error whose outcome is unknown, so that they are read again', async () => {
    const { writer } = tableThat(() => {
      throw Object.assign(new Error('Socket timed out'), { name: 'TimeoutError' });
    });
    const results = await writer.write(holds(3, A), stocks(), signal);
    expect(failures(results)).toMatchObject(Array.from({ length: 3 }, () => ({ name: 'TimeoutError' })));
  });
});
