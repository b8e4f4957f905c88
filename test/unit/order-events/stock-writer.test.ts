import type { TransactWriteItem, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LOW_STOCK_MAX, type ProductStock, productKey } from '../../../contracts/entities/product.ts';
import { Sku } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { ConditionsFailedError } from '../../../pipelines/dynamodb/commit.ts';
import { TransactionConflictError } from '../../../pipelines/dynamodb/optimistic-lock.ts';
import {
  StockChangedError,
  StockContentionError,
} from '../../../pipelines/order-events/inventory/stock-errors.ts';
import { type StepWrite, StockWriter } from '../../../pipelines/order-events/inventory/stock-writer.ts';
import { cancelledBy } from '../../builders/cancelled.ts';
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
const stocks = (stock = PLENTY): ReadonlyMap<Sku, ProductStock> =>
  new Map([A, B, C].map((sku) => [sku, { stock, reserved: 0 }]));

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
    throw cancelledBy(...actions.map((action) => (isOf(sku, action) ? 'TransactionConflict' : 'None')));
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

/** A table whose transactions end when a test ends them, one after the other. */
function slowTable() {
  const underWay: {
    readonly actions: readonly TransactWriteItem[];
    readonly end: (error?: Error) => void;
  }[] = [];
  const waits: { readonly boundMs: number; readonly end: () => void }[] = [];
  const dynamoDb = clientThat(({ input }: TransactWriteItemsCommand) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const end = (error?: Error) => (error === undefined ? resolve({}) : reject(error));
    underWay.push({ actions: input.TransactItems ?? [], end });
    return promise;
  });
  const wait = (boundMs: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waits.push({ boundMs, end: resolve });
    return promise;
  };
  /** Ends the oldest transaction: by default it is written. `failure` makes the error that it fails with. */
  const endNext = async (failure?: (actions: readonly TransactWriteItem[]) => Error): Promise<void> => {
    const next = underWay.shift();
    next?.end(next && failure?.(next.actions));
    await new Promise(setImmediate);
  };
  /** Ends the wait of all that are backed off. */
  const endWaits = async (): Promise<void> => {
    for (const { end } of waits.splice(0)) end();
    await new Promise(setImmediate);
  };
  const sizes = () => underWay.map(({ actions }) => actions.length);
  const writer = new StockWriter({ dynamoDb, tableName: 'orders', clock: systemClock }, wait);
  return { writer, underWay, waits, endNext, endWaits, sizes };
}

const conflictAt =
  (...skus: readonly Sku[]) =>
  (actions: readonly TransactWriteItem[]): Error =>
    cancelledBy(
      ...actions.map((action) => (skus.some((sku) => isOf(sku, action)) ? 'TransactionConflict' : 'None')),
    );
const throttledAt = (sku: Sku) => (actions: readonly TransactWriteItem[]) =>
  cancelledBy(...actions.map((action) => (isOf(sku, action) ? 'ThrottlingError' : 'None')));
const skusOf = (count: number, from = 0): readonly Sku[] =>
  Array.from({ length: count }, (_, n) => Sku.parse(`P-${from + n}`));
const plentyOf = (skus: readonly Sku[]): ReadonlyMap<Sku, ProductStock> =>
  new Map(skus.map((sku) => [sku, { stock: PLENTY, reserved: 0 }]));

describe('the transactions that are in progress', () => {
  it('have 60 actions together, at most', async () => {
    const { writer, sizes, endNext } = slowTable();
    const skus = skusOf(100);
    const written = writer.write(
      skus.map((sku, n) => hold(n, sku)),
      plentyOf(skus),
      signal,
    );
    const seen: number[][] = [];
    while (sizes().length > 0) {
      seen.push(sizes());
      await endNext();
    }
    expect(seen).toEqual([[60], [60], [60], [20]]);
    expect(failures(await written)).toEqual([]);
  });

  it('make room for others as they end', async () => {
    const { writer, sizes, endNext } = slowTable();
    for (const [n, lines] of [1, 50, 6, 1].entries()) {
      const skus = skusOf(lines, n * 100);
      void writer.write([hold(n, ...skus)], plentyOf(skus), signal);
    }
    expect(sizes()).toEqual([2, 51, 7]);
    await endNext();
    expect(sizes()).toEqual([51, 7, 2]);
  });

  it('keep an order back that shares a product with one of them, and no other', async () => {
    const { writer, underWay, endNext } = slowTable();
    void writer.write([hold(1, A)], stocks(), signal);
    void writer.write([hold(2, A, B), hold(3, C)], stocks(), signal);
    expect(underWay.map(({ actions }) => actions.map(keyOf))).toEqual([
      [`ORDER#${orderIdOf(1)}`, 'PRODUCT#A'],
      [`ORDER#${orderIdOf(3)}`, 'PRODUCT#C'],
    ]);
    await endNext();
    expect(underWay.at(-1)?.actions.map(keyOf)).toContain(`ORDER#${orderIdOf(2)}`);
  });

  it('keep no order back that only stores that it was seen', () => {
    const { writer, sizes } = slowTable();
    void writer.write([hold(1, A)], stocks(), signal);
    const seen = hold(2, A);
    void writer.write([{ ...seen, step: { ...seen.step, kind: 'mark' } }], new Map(), signal);
    expect(sizes()).toEqual([2, 1]);
  });
});

describe('what is known of the stock', () => {
  it('is forgotten once the orders that it was read for are written', async () => {
    const { writer, sent } = tableThat(() => ({}));
    await writer.write([hold(1, A)], stocks(), signal);
    const results = await writer.write([hold(2, A)], new Map(), signal);
    expect(failures(results)).toEqual([expect.any(StockChangedError)]);
    expect(sent).toHaveLength(1);
  });

  it('is not needed to release what is held', async () => {
    const { writer, sent } = tableThat(() => ({}));
    const one = hold(1, A);
    expect(
      failures(await writer.write([{ ...one, step: { ...one.step, kind: 'free' } }], new Map(), signal)),
    ).toEqual([]);
    expect(sent).toHaveLength(1);
  });

  it('falls by what is held of it, also for the orders of the same batch that wait', async () => {
    const { writer, endNext } = slowTable();
    const written = writer.write(
      [hold(1, A, B), hold(2, A, C), hold(3, A)],
      new Map([...stocks(), [A, { stock: 2, reserved: 0 }]]),
      signal,
    );
    await endNext();
    expect(failures(await written)).toEqual([expect.any(StockChangedError)]);
  });
});

describe('a product that others write to', () => {
  it.each([
    ['one order', 1, [3.3, 6.6, 9.9, 13.2, 16.5, 18, 18]],
    ['ten orders', 10, [6, 12, 18, 24, 30, 36, 42, 45]],
  ])('lets %s wait longer with each attempt, up to a limit', async (_of, count, bounds) => {
    const { writer, waits, endNext, endWaits } = slowTable();
    void writer.write(holds(count, A), stocks(), signal);
    const seen: number[] = [];
    for (const _ of bounds) {
      await endNext(conflictAt(A));
      seen.push(...waits.map(({ boundMs }) => Math.round(boundMs * 10) / 10));
      await endWaits();
    }
    expect(seen).toEqual(bounds);
  });

  it('lets its orders wait up to half a second where its partition key is full', async () => {
    const { writer, waits, endNext, endWaits } = slowTable();
    void writer.write([hold(1, A)], stocks(), signal);
    const seen: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt += 1) {
      await endNext(throttledAt(A));
      seen.push(...waits.map(({ boundMs }) => boundMs));
      await endWaits();
    }
    expect(seen).toEqual([25, 50, 100, 200, 400, 500, 500]);
  });

  it('takes the orders that come while it waits along', async () => {
    const { writer, underWay, waits, endNext, endWaits } = slowTable();
    void writer.write([hold(1, A)], stocks(), signal);
    await endNext(conflictAt(A));
    void writer.write([hold(2, A, B), hold(3, C)], stocks(), signal);
    expect(underWay.map(({ actions }) => actions.length)).toEqual([2]);
    expect(waits).toHaveLength(1);
    await endWaits();
    expect(underWay.at(-1)?.actions.map(keyOf)).toEqual([
      `ORDER#${orderIdOf(1)}`,
      `ORDER#${orderIdOf(2)}`,
      'PRODUCT#A',
      'PRODUCT#B',
    ]);
  });

  it('is written without the orders of other products, and with more of them than a transaction may otherwise have', async () => {
    const { writer, sizes, endNext, endWaits } = slowTable();
    void writer.write([...holds(40, A), hold(90, B)], stocks(), signal);
    await endNext(conflictAt(A, B));
    await endWaits();
    expect(sizes()).toEqual([41, 2]);
  });

  it('is given up after 100 attempts, with the reason of the last one', async () => {
    const { writer, underWay, endNext, endWaits } = slowTable();
    const written = writer.write([hold(1, A)], stocks(), signal);
    let attempts = 0;
    while (underWay.length > 0) {
      attempts += 1;
      await endNext(conflictAt(A));
      await endWaits();
    }
    expect(attempts).toBe(100);
    expect(failures(await written)).toMatchObject([
      { code: 'stock-contention', cause: expect.any(TransactionConflictError) },
    ]);
  });

  it('is not named where the reservation itself is: that order waits, and the others go on', async () => {
    const { writer, sizes, waits, endNext, endWaits } = slowTable();
    void writer.write([hold(1, A), hold(2, B)], stocks(), signal);
    await endNext((actions) =>
      cancelledBy(...actions.map((_, n) => (n === 0 ? 'TransactionConflict' : 'None'))),
    );
    expect([sizes(), waits.length]).toEqual([[2], 1]);
    await endWaits();
    expect(sizes()).toEqual([2, 2]);
  });
});

describe('the size of a transaction', () => {
  /** The sizes of the transactions of 40 orders of a product each. */
  async function sizesAfter({
    writer,
    sizes,
    endNext,
  }: ReturnType<typeof slowTable>): Promise<readonly number[]> {
    const skus = skusOf(40, 1_000);
    void writer.write(
      skus.map((sku, n) => hold(n, sku)),
      plentyOf(skus),
      signal,
    );
    const seen: number[] = [];
    for (let next = sizes(); next.length > 0; next = sizes()) {
      seen.push(next[0] ?? 0);
      await endNext();
    }
    return seen;
  }
  const meetingOnce = async (table: ReturnType<typeof slowTable>, of: number) => {
    void table.writer.write([hold(of, A)], stocks(), signal);
    await table.endNext(conflictAt(A));
    await table.endWaits();
    await table.endNext();
  };

  it('is halved by a conflict, to an order of two lines at least', async () => {
    const table = slowTable();
    for (let times = 0; times < 6; times += 1) await meetingOnce(table, times);
    expect((await sizesAfter(table))[0]).toBe(2);
  });

  it('grows by one with five that are written, and not with those of a product that others write to', async () => {
    const table = slowTable();
    for (let times = 0; times < 6; times += 1) await meetingOnce(table, times);
    for (let times = 0; times < 5; times += 1) {
      void table.writer.write([hold(100 + times, B)], stocks(), signal);
      await table.endNext();
    }
    expect((await sizesAfter(table))[0]).toBe(4);
  });

  it('is not halved again by the conflicts of orders that wait for one product', async () => {
    const table = slowTable();
    void table.writer.write([hold(1, A)], stocks(), signal);
    for (let times = 0; times < 6; times += 1) {
      await table.endNext(conflictAt(A));
      await table.endWaits();
    }
    await table.endNext();
    expect((await sizesAfter(table))[0]).toBe(50);
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
        ...actions.map((action) =>
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
      throw cancelledBy(...actions.map(() => 'TransactionConflict'));
    });
    const results = await writer.write([hold(1, A)], stocks(), abort.signal);
    expect(failures(results)).toEqual([abort.signal.reason]);
    expect(sent).toHaveLength(1);
  });
});

describe('a transaction whose conditions did not hold', () => {
  const failedAt =
    (isFailed: (action: TransactWriteItem) => boolean) =>
    (actions: readonly TransactWriteItem[]): Error =>
      cancelledBy(...actions.map((action) => (isFailed(action) ? 'ConditionalCheckFailed' : 'None')));
  const isOrder = (number: number) => (action: TransactWriteItem) =>
    keyOf(action) === `ORDER#${orderIdOf(number)}`;
  const free = (order: number, sku: Sku): StepWrite => {
    const { reservation, step } = hold(order, sku);
    return { reservation, step: { ...step, kind: 'free' } };
  };

  it('fails the order whose reservation changed, and writes the others', async () => {
    const { writer, sizes, endNext } = slowTable();
    const written = writer.write([hold(1, A), hold(2, B)], stocks(), signal);
    await endNext(failedAt(isOrder(1)));
    expect(sizes()).toEqual([2]);
    await endNext();
    expect(failures(await written)).toMatchObject([
      { code: 'optimistic-lock-failure', cause: expect.any(ConditionsFailedError) },
    ]);
  });

  it('fails the orders whose stock changed, and writes the others', async () => {
    const { writer, endNext } = slowTable();
    const written = writer.write([hold(1, A), hold(2, B), hold(3, B, C)], stocks(), signal);
    await endNext(failedAt((action) => isOf(B, action)));
    await endNext();
    const results = await written;
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(failures(results)[0]).toMatchObject({ cause: expect.any(ConditionsFailedError) });
    expect(failures(results)[0]).toBeInstanceOf(StockChangedError);
  });

  it('fails an order as not releasable only where it is alone', async () => {
    const { writer, sizes, endNext } = slowTable();
    const written = writer.write([free(1, A), free(2, A)], stocks(), signal);
    await endNext(failedAt((action) => isOf(A, action)));
    expect(sizes()).toEqual([2]);
    await endNext(failedAt((action) => isOf(A, action)));
    expect(sizes()).toEqual([2]);
    await endNext();
    const results = await written;
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(failures(results)).toMatchObject([
      { code: 'not-releasable', skus: [A], cause: expect.any(ConditionsFailedError) },
    ]);
  });
});

describe('a transaction that cannot be written', () => {
  it('fails the order alone that it cannot be written for', async () => {
    const { writer } = tableThat((actions) => {
      if (actions.some((action) => isOf(A, action)))
        throw cancelledBy(...actions.map((action) => (isOf(A, action) ? 'ValidationError' : 'None')));
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
