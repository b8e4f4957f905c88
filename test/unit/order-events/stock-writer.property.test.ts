import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { LOW_STOCK_MAX, productKey } from '../../../contracts/entities/product.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import { OrderId, Sku } from '../../../contracts/ids.ts';
import { systemClock } from '../../../pipelines/clock.ts';
import { type StepWrite, StockWriter } from '../../../pipelines/order-events/inventory/stock-writer.ts';
import { clientThat, modelTable, TABLE } from '../../builders/model-table.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { productItem, reservationItem } from '../../builders/values/items.ts';

const SKUS = ['A', 'B', 'C', 'D'].map((sku) => Sku.parse(sku));
const RESERVED = 500;
const SENT_MAX = 20_000;
const FATES = ['none', 'none', 'conflict', 'throttle', 'lost request', 'lost response'] as const;

const step = fc.record({
  kind: fc.constantFrom('hold', 'hold', 'free', 'mark'),
  skus: fc.subarray(SKUS),
  quantity: fc.integer({ min: 1, max: 4 }),
});
const scenario = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 60 }),
  stocks: fc.array(fc.integer({ min: 0, max: 130 }), { minLength: SKUS.length, maxLength: SKUS.length }),
  /** By how much the stock was another one when it was read. */
  stale: fc.integer({ min: -5, max: 5 }),
  fates: fc.infiniteStream(fc.tuple(fc.constantFrom(...FATES), fc.nat())),
  abortAfter: fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 5 }),
});
type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

/** A table whose requests meet those fates, one after the other. */
function fatefulTable({ stocks, fates, abortAfter }: Scenario, abort: AbortController) {
  const products = SKUS.map((sku, n) => {
    const stock = stocks[n] ?? 0;
    return productItem({ sku, stock, reserved: RESERVED, received: stock + RESERVED });
  });
  const { database } = modelTable(...products);
  let sent = 0;
  const dynamoDb = clientThat(async (command: TransactWriteItemsCommand) => {
    sent += 1;
    if (sent > SENT_MAX) throw new RangeError('The writer does not end');
    if (sent === abortAfter) abort.abort();
    const actions: readonly TransactWriteItem[] = command.input.TransactItems ?? [];
    const [fate, place] = fates.next().value;
    const because = (Code: string) =>
      new TransactionCanceledException({
        message: '',
        $metadata: {},
        CancellationReasons: actions.map((_, n) => ({ Code: n === place % actions.length ? Code : 'None' })),
      });
    const lost = Object.assign(new Error('Socket timed out'), { name: 'TimeoutError' });
    if (fate === 'conflict') throw because('TransactionConflict');
    if (fate === 'throttle') throw because('ThrottlingError');
    if (fate === 'lost request') throw lost;
    const response = database.execute(new TransactWriteItemsCommand(command.input));
    if (fate === 'lost response') throw lost;
    return response;
  });
  return { database, writer: new StockWriter({ dynamoDb, tableName: TABLE, clock: systemClock }) };
}

/** By how many pieces of a product a step changes what is reserved. */
function heldBy({ step: { kind, lines } }: StepWrite, sku: Sku): number {
  const pieces = lines.find((line) => line.sku === sku)?.quantity ?? 0;
  if (kind === 'mark') return 0;
  return kind === 'hold' ? pieces : -pieces;
}

// Every back-off is then of no length.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

describe('the transactions of the stock, with any conflicts, throttles and lost requests', () => {
  it('end, write each step at most once and with its stock, and keep low products in their index', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (given) => {
        const abort = new AbortController();
        const { database, writer } = fatefulTable(given, abort);
        const writes = given.steps.map(({ kind, skus, quantity }, n): StepWrite => {
          const lines = skus.map((sku) => ({ sku, quantity }));
          const next = reservationItem({ orderId: orderIdOf(n), lines });
          return {
            reservation: { next, read: undefined },
            step: { kind, state: 'RESERVED', lines: next.lines },
          };
        });
        const read = new Map(
          SKUS.map((sku, n) => [
            sku,
            { stock: Math.max(0, (given.stocks[n] ?? 0) + given.stale), reserved: RESERVED },
          ]),
        );
        const results = await writer.write(writes, read, abort.signal);
        const isWritten = (n: number): boolean =>
          database.item(TABLE, marshall(reservationKey(OrderId.parse(orderIdOf(n))))) !== undefined;
        results.forEach((result, n) => {
          if (result.status === 'fulfilled') expect(isWritten(n)).toBe(true);
        });
        for (const [n, sku] of SKUS.entries()) {
          const held = writes.reduce(
            (sum, write, order) => sum + (isWritten(order) ? heldBy(write, sku) : 0),
            0,
          );
          const product = database.item(TABLE, marshall(productKey(sku)));
          const stock = (given.stocks[n] ?? 0) - held;
          expect(product).toMatchObject({
            stock: { N: String(stock) },
            reserved: { N: String(RESERVED + held) },
          });
          expect(stock).toBeGreaterThanOrEqual(0);
          if (stock < LOW_STOCK_MAX) expect(product).toHaveProperty('GSI2PK');
        }
      }),
    );
  });
});
