import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import * as z from 'zod';
import { parseKey } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { OrderItem } from '../../contracts/entities/order.ts';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import {
  BACKFILL_PENDING_MAX,
  type BackfillCounts,
  type PendingOrder,
} from '../../contracts/operations/operations-items.ts';
import { parse, read } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../clock.ts';
import { BATCH_GET_KEYS_MAX, batchGet } from '../dynamodb/read-items.ts';
import { type Image, scanSegment } from '../dynamodb/scan-table.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { OrderStreamError } from '../errors.ts';
import type { BackfillCheckpoint, BackfillFilter, BackfillProgress } from './checkpoint.ts';
import { type OrderHistoryDeps, orderHistory, type ReplayedEvent } from './order-history.ts';

/** What a backfill reads, and where it sends events to. */
export interface BackfillDeps extends OrderHistoryDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Pick<Clock, 'now'>;
  /** Accepts one event; see `SubscriberQueue`. */
  readonly queue: { send(event: ReplayedEvent, signal: AbortSignal): Promise<void> };
  /** Without one, nothing is remembered: for a dry run. */
  readonly checkpoint?: Pick<BackfillCheckpoint, 'read' | 'write' | 'remove'> | undefined;
  /** Waits; throws when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** How a backfill is made. */
export interface BackfillOptions {
  readonly filter: BackfillFilter;
  /** Begins again, without regard to a checkpoint. */
  readonly restart: boolean;
  /** Called before anything is sent, where a backfill goes on that an earlier run began. */
  readonly onContinued?: ((progress: Pick<BackfillProgress, 'startedAt' | 'isScanned'>) => void) | undefined;
  /** Called with the number of items that were read, of any type. */
  readonly onItems?: ((count: number) => void) | undefined;
}

/** How a backfill ended, over all its runs. */
export interface BackfillResult {
  readonly counts: BackfillCounts;
  /** The orders that cannot be sent yet. None of their events was sent: run the backfill again. */
  readonly pending: readonly PendingOrder[];
  /** Whether the scan began where an earlier run stopped. */
  readonly isContinued: boolean;
}

/** So many orders cannot be sent yet that the consumer must be far behind, or that a writer must have broken them. */
export class TooManyPendingError extends OrderStreamError {
  readonly code = 'too-many-pending';
  readonly remedy: string;
  readonly pending: readonly PendingOrder[];

  constructor(pending: readonly PendingOrder[]) {
    const malformed = pending.filter(({ why }) => why === 'malformed').length;
    const unpublished = pending.length - malformed;
    super(
      `${pending.length} orders are pending, and the most is ${BACKFILL_PENDING_MAX}: ${unpublished} have an event that is not published yet, and ${malformed} are malformed`,
    );
    this.pending = pending;
    this.remedy = [
      ...(malformed > 0
        ? [
            'Fix the malformed orders: npm run ops -- dlq causes names their dead letters, and dlq fix writes them.',
          ]
        : []),
      ...(unpublished > 0 ? ['Wait until npm run ops -- lag shows that order-events has caught up.'] : []),
      'Then run the same command again: it looks at the pending orders first, and goes on where it stopped.',
    ].join(' ');
  }
}

/** A page is read again after a crash, so it is small: some 30 orders beside the other items. */
const PAGE_ITEMS_MAX = 100;
const ORDERS_AT_ONCE_MAX = 20;
/** How long to wait before each further look at pending orders, in milliseconds: longer than a consumer usually takes. */
const PENDING_WAITS_MS = [1_000, 2_000, 4_000, 8_000];

/**
 * Sends the events of every present order to one queue: each order's in their sequence, and each event after the queue has accepted
 * the one before. The queue must be subscribed to the topic first. Then each event reaches it: those that were published before come
 * by the backfill, those that are published after come by the topic, and some come both ways, with the same id.
 *
 * A page of the table is in the checkpoint once the queue has accepted its events. A run that ended early goes on after it, and sends the
 * events of the page in progress again. Once all is sent, the checkpoint is removed.
 *
 * @throws TooManyPendingError; SubscriberQueueError; ContractViolationError; the SDK's own errors; the signal's reason.
 */
export async function backfill(
  deps: BackfillDeps,
  { filter, restart, onContinued, onItems }: BackfillOptions,
  signal: AbortSignal,
): Promise<BackfillResult> {
  const found = restart ? undefined : await deps.checkpoint?.read();
  if (found !== undefined) onContinued?.(found);
  let progress = found ?? begin(deps, filter);
  // What an age means is what it meant when the backfill began.
  const matches = matcherOf({ ...filter, since: progress.since });
  const save = async (next: BackfillProgress): Promise<void> => {
    if (next.pending.length > BACKFILL_PENDING_MAX) throw new TooManyPendingError(next.pending);
    await deps.checkpoint?.write(next);
    progress = next;
  };
  const lookAgain = async (): Promise<void> => {
    const again = await sendPending(deps, progress.pending, matches, signal);
    await save({ ...progress, pending: again.pending, counts: added(progress.counts, again.counts) });
  };
  onItems?.(progress.counts.items);
  if (!progress.isScanned) {
    // This also replaces the checkpoint of before by that of a restart, which may end in its first page.
    await lookAgain();
    const scan = {
      tableName: deps.tableName,
      segment: 0,
      segments: 1,
      pageItemsMax: PAGE_ITEMS_MAX,
      from: progress.next && marshall(progress.next),
    };
    for await (const { images, scanned, next } of scanSegment(deps.dynamoDb, scan, signal)) {
      const page = await sendOrders(deps, images.filter(isOrder).map(unmarshal), matches, signal);
      await save({
        ...progress,
        next: next && keyIn(unmarshal(next)),
        isScanned: next === undefined,
        pending: [...progress.pending, ...page.pending],
        counts: added(progress.counts, { ...page.counts, items: scanned }),
      });
      onItems?.(scanned);
    }
  }
  for (const waitMs of [0, ...PENDING_WAITS_MS]) {
    // A malformed order waits for a person.
    if (waitMs > 0 && !progress.pending.some(({ why }) => why === 'unpublished')) break;
    if (progress.pending.length === 0) break;
    await deps.wait(waitMs, signal);
    await lookAgain();
  }
  if (progress.pending.length === 0) await deps.checkpoint?.remove();
  return { counts: progress.counts, pending: progress.pending, isContinued: found !== undefined };
}

/** By the key, since a malformed order may have another type or none. One that has the type under another key is malformed too. */
const isOrder = ({ pk, sk, entityType }: Image): boolean =>
  entityType?.S === 'Order' || parseKey({ pk: pk?.S ?? '', sk: sk?.S ?? '' })?.entityType === 'Order';

const NONE: BackfillCounts = {
  ...{ items: 0, orders: 0, sent: 0, filtered: 0, partial: 0, currentOnly: 0, removed: 0 },
};

const begin = ({ clock }: BackfillDeps, { since }: BackfillFilter): BackfillProgress => ({
  startedAt: instantOf(clock.now()),
  since: since?.at,
  isScanned: false,
  pending: [],
  counts: NONE,
});

function added(counts: BackfillCounts, more: Partial<BackfillCounts>): BackfillCounts {
  const sum = (name: keyof BackfillCounts): number => counts[name] + (more[name] ?? 0);
  return {
    items: sum('items'),
    orders: sum('orders'),
    sent: sum('sent'),
    filtered: sum('filtered'),
    partial: sum('partial'),
    currentOnly: sum('currentOnly'),
    removed: sum('removed'),
  };
}

type Matcher = (event: OrderNotification) => boolean;

const matcherOf =
  ({ types, statuses, since }: Omit<BackfillFilter, 'since'> & Pick<BackfillProgress, 'since'>): Matcher =>
  ({ type, time, data }) =>
    (types === undefined || types.includes(type)) &&
    (statuses === undefined || statuses.includes(data.status)) &&
    (since === undefined || time >= since);

interface Sent {
  readonly counts: BackfillCounts;
  readonly pending: readonly PendingOrder[];
}

/** Sends the events of some orders. One that fails stops the others, and is thrown once all have ended. */
async function sendOrders(
  deps: BackfillDeps,
  items: readonly unknown[],
  matches: Matcher,
  signal: AbortSignal,
): Promise<Sent> {
  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const limit = pLimit(ORDERS_AT_ONCE_MAX);
  const all = await Promise.allSettled(
    items.map((item) =>
      limit(() => sendOrder(deps, item, matches, either)).catch((error: unknown) => {
        failing.abort(error);
        throw error;
      }),
    ),
  );
  signal.throwIfAborted();
  failing.signal.throwIfAborted();
  return all.reduce<Sent>(
    (sum, one) =>
      one.status === 'rejected'
        ? sum
        : {
            counts: added(sum.counts, one.value.counts),
            pending: [...sum.pending, ...one.value.pending],
          },
    { counts: NONE, pending: [] },
  );
}

async function sendOrder(
  deps: BackfillDeps,
  item: unknown,
  matches: Matcher,
  signal: AbortSignal,
): Promise<Sent> {
  signal.throwIfAborted();
  const order = read(OrderItem, item).data;
  if (order === undefined) return { counts: NONE, pending: [{ ...keyIn(item), why: 'malformed' }] };
  const history = await orderHistory(deps, order);
  if (history.state === 'pending') return { counts: NONE, pending: [{ ...keyIn(item), why: 'unpublished' }] };
  if (history.state === 'removed') return { counts: { ...NONE, removed: 1 }, pending: [] };
  const { events, extent } = history;
  const matching = events.filter(matches);
  for (const event of matching) await deps.queue.send(event, signal);
  const filtered = events.length - matching.length;
  const counts = {
    ...{ ...NONE, orders: 1, sent: matching.length, filtered },
    partial: extent === 'partial' ? 1 : 0,
    currentOnly: extent === 'current-only' ? 1 : 0,
  };
  return { counts, pending: [] };
}

const keyIn = (item: unknown): ItemKey => parse(ItemKeyOf, item);
const ItemKeyOf = z.object({ pk: z.string(), sk: z.string() });

/** Reads pending orders again, and sends the events of those that are pending no longer. */
async function sendPending(
  deps: BackfillDeps,
  keys: readonly PendingOrder[],
  matches: Matcher,
  signal: AbortSignal,
): Promise<Sent> {
  let sum: Sent = { counts: NONE, pending: [] };
  for (let from = 0; from < keys.length; from += BATCH_GET_KEYS_MAX) {
    const some = keys.slice(from, from + BATCH_GET_KEYS_MAX);
    const items = await batchGet(
      deps.dynamoDb,
      deps.tableName,
      some.map(({ pk, sk }) => ({ pk, sk })),
    );
    const { counts, pending } = await sendOrders(deps, items, matches, signal);
    const removed = some.length - items.length;
    sum = {
      counts: added(added(sum.counts, counts), { removed }),
      pending: [...sum.pending, ...pending],
    };
  }
  return sum;
}
