import { describe, expect, it } from 'vitest';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { Instant } from '../../../contracts/ids.ts';
import { BACKFILL_PENDING_MAX } from '../../../contracts/operations/operations-items.ts';
import { backfill, TooManyPendingError } from '../../../pipelines/backfill/backfill.ts';
import type { BackfillProgress } from '../../../pipelines/backfill/checkpoint.ts';
import { modelTable, OPERATIONS_TABLE, TABLE } from '../../builders/model-table.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { orderItem, userItem } from '../../builders/values/items.ts';
import { OPERATIONS_SCHEMA } from '../../simulation/places.ts';

const { signal } = new AbortController();
const STARTED = Instant.parse('2026-03-01T12:00:00.000Z');
/** Long after the builders' orders: none waits for its event. */
const clock = { now: () => new Date('2026-04-01T12:00:00.000Z') };
const COUNTS = { items: 7, orders: 0, sent: 0, filtered: 0, partial: 0, currentOnly: 0, removed: 0 };
const RUN = { filter: {}, restart: false };

/** A backfill of a table with these items, and what it remembers and sends. */
function backfillOf(items: readonly ItemKey[], found?: BackfillProgress) {
  const { dynamoDb, database } = modelTable(...items);
  database.createTable(OPERATIONS_TABLE, OPERATIONS_SCHEMA);
  const written: BackfillProgress[] = [];
  const sent: string[] = [];
  const deps = {
    dynamoDb,
    tableName: TABLE,
    operationsTableName: OPERATIONS_TABLE,
    clock,
    queue: { send: async ({ id }: { readonly id: string }) => void sent.push(id) },
    checkpoint: {
      read: async () => found,
      write: async (progress: BackfillProgress) => void written.push(progress),
      remove: async () => undefined,
    },
    wait: async () => undefined,
  };
  return { deps, sent, written };
}

const keyOf = ({ pk, sk }: ItemKey): ItemKey => ({ pk, sk });
const untyped = (number: number): ItemKey => {
  const { entityType: _, ...item } = orderItem({ orderId: orderIdOf(number) });
  return item;
};

describe('a backfill', () => {
  it.each([
    ['no type', untyped(1)],
    ['another type', { ...orderItem(), entityType: 'Oder' }],
    ['a type that is no text', { ...orderItem(), entityType: 7 }],
    ['another key', { ...orderItem(), pk: 'CART#1', sk: 'ITEM' }],
  ])('leaves an order of %s for later, as malformed', async (_what, order) => {
    const { deps, sent } = backfillOf([order, userItem()]);
    const { pending, counts } = await backfill(deps, RUN, signal);
    expect(pending).toEqual([{ ...keyOf(order), why: 'malformed' }]);
    expect(counts.items).toBe(2);
    expect(sent).toEqual([]);
  });

  it('looks at the orders that an earlier run left before it reads on', async () => {
    const gone = Array.from({ length: BACKFILL_PENDING_MAX }, (_, n) => ({
      ...keyOf(orderItem({ orderId: orderIdOf(n + 2) })),
      why: 'unpublished' as const,
    }));
    const found = { startedAt: STARTED, isScanned: false, pending: gone, counts: COUNTS };
    const { deps } = backfillOf([untyped(1)], found);
    const { pending, counts, isContinued } = await backfill(deps, RUN, signal);
    expect(pending).toHaveLength(1);
    expect(counts).toMatchObject({ removed: BACKFILL_PENDING_MAX, items: 8 });
    expect(isContinued).toBe(true);
  });

  it('says when it goes on with an earlier run, before it sends anything, and not when it begins again', async () => {
    const found = { startedAt: STARTED, isScanned: true, pending: [], counts: COUNTS };
    const { deps } = backfillOf([orderItem()], found);
    const continued: unknown[] = [];
    const run = { ...RUN, onContinued: (progress: object) => continued.push(progress) };
    await backfill(deps, { ...run, restart: true }, signal);
    expect(continued).toEqual([]);
    await backfill(deps, run, signal);
    expect(continued).toEqual([found]);
  });

  it('ends at too many malformed orders, and says to fix them, not to wait for the consumer', async () => {
    const { deps } = backfillOf(Array.from({ length: BACKFILL_PENDING_MAX + 1 }, (_, n) => untyped(n)));
    const ended = backfill(deps, RUN, signal);
    await expect(ended).rejects.toBeInstanceOf(TooManyPendingError);
    await expect(ended).rejects.toMatchObject({
      message: expect.stringContaining('0 have an event that is not published yet, and'),
      remedy: expect.stringMatching(/^Fix the malformed orders.* dlq (?!.*lag)/),
    });
  });

  it('that begins again replaces the checkpoint of before, though it ends in its first page', async () => {
    const found = { startedAt: STARTED, isScanned: true, pending: [], counts: COUNTS };
    const { deps, written } = backfillOf([orderItem()], found);
    const refused = new Error('refused');
    const failing = { ...deps, queue: { send: () => Promise.reject(refused) } };
    await expect(backfill(failing, { ...RUN, restart: true }, signal)).rejects.toBe(refused);
    expect(written).toEqual([expect.objectContaining({ isScanned: false })]);
    expect(written[0]?.counts.items).toBe(0);
  });
});
