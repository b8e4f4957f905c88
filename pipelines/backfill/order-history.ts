import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { isErased, type OrderItem } from '../../contracts/entities/order.ts';
import { NotificationType, type OrderNotification } from '../../contracts/events/order-notification.ts';
import type { PublicationItem } from '../../contracts/operations/operations-items.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';
import { read } from '../../contracts/reading.ts';
import { MS_PER_DAY } from '../../contracts/units.ts';
import type { Clock } from '../clock.ts';
import { readPublications } from '../operations/publications.ts';
import { orderEvent } from '../order-events/notification/order-event.ts';
import { typeOfStatus } from '../order-events/notification/order-lifecycle.ts';

/** What the history of an order is read from. */
export interface OrderHistoryDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly operationsTableName: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** An event of the past, as a backfill sends it. */
export type ReplayedEvent = OrderNotification & { readonly replayed: true };

/**
 * How much of an order's history is known. `partial`: some of its events are no longer known, or were recorded by an older release, without
 * their data. `current-only`: of no event is the data known, and one of the current version stands for all.
 */
export type HistoryExtent = 'complete' | 'partial' | 'current-only';

/**
 * The events of an order until now. `pending`: its current version has no recorded event yet, so that earlier ones may be missing
 * too. `removed`: it was deleted since it was read.
 */
export type OrderHistory =
  | { readonly state: 'known'; readonly events: readonly ReplayedEvent[]; readonly extent: HistoryExtent }
  | { readonly state: 'pending' }
  | { readonly state: 'removed' };

/**
 * How long an event may be published or recorded after its change: as long as a stream keeps a record. See
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html.
 */
const PENDING_MS_MAX = MS_PER_DAY;
const ENDINGS: ReadonlySet<string> = new Set(['order.removed', 'order.expired'] satisfies NotificationType[]);

/** A publication, and the type of its event; `undefined` for one of a later release, as a roll-back leaves them. */
interface PastEvent {
  readonly type: NotificationType | undefined;
  readonly publication: PublicationItem;
}

/**
 * Reads the events of a present order from its publications, in their sequence. Those of an earlier order of the same id, which was
 * deleted, are left out, as are those of a type of a later release. An event has its own status and time, and the other data of the order as it is now, which the API does not
 * change. Without any publication that can be rebuilt there is one event, of the current version or, where
 * that erased the address, of the last published one. Where no publication is left either, it has the version of the erasure.
 *
 * @param order as it was read before, with strong consistency.
 * @throws ContractViolationError for a publication that violates its contract; the SDK's own errors.
 */
export async function orderHistory(deps: OrderHistoryDeps, order: OrderItem): Promise<OrderHistory> {
  const past = [...(await readPublications(deps, order.orderId))]
    .map(([id, publication]): PastEvent => ({ type: typeIn(id, publication), publication }))
    .toSorted(byVersion);
  const endedAt =
    past.findLast(({ type }) => type !== undefined && ENDINGS.has(type))?.publication.orderVersion ?? 0;
  if (endedAt > order.version) return { state: 'removed' };
  const own = past.filter(({ publication }) => publication.orderVersion > endedAt);
  const newest = own.at(-1)?.publication.orderVersion ?? 0;
  const ageMs = deps.clock.now().getTime() - Date.parse(order.updatedAt);
  // The version that erases an order's address has no event. It may be the newest, and there is one at most.
  const expected = order.version - (isErased(order.shipTo) ? 1 : 0);
  if (newest < expected && ageMs < PENDING_MS_MAX) return { state: 'pending' };
  const events = own.flatMap((one) => rebuilt(one, order) ?? []);
  const first = events[0];
  if (first === undefined)
    return { state: 'known', events: [currentEvent(own.at(-1), order, expected)], extent: 'current-only' };
  const isPartial =
    events.length < own.length ||
    previousStatusOf(first) !== undefined ||
    events.at(-1)?.data.status !== order.status;
  return { state: 'known', events, extent: isPartial ? 'partial' : 'complete' };
}

/** The first event of an order has none, nor has that of its fix, before which the stream gave nothing to publish. */
const previousStatusOf = ({ data }: OrderNotification): OrderStatus | undefined =>
  'previousStatus' in data ? data.previousStatus : undefined;

const typeIn = (id: string, { orderId, orderVersion }: PublicationItem): NotificationType | undefined =>
  read(NotificationType, id.slice(`${orderId}.${orderVersion}.`.length)).data;

/** Versions as numbers: as texts, those of different lengths would be in another order. */
const byVersion = (one: PastEvent, other: PastEvent): number =>
  one.publication.orderVersion - other.publication.orderVersion ||
  ((one.type ?? '') < (other.type ?? '') ? -1 : 1);

/**
 * The event of a publication; `undefined` for one of an older release, which has neither its status nor its time, and for a type of a
 * later one.
 */
export function rebuilt(
  { type, publication: { orderVersion: version, time, data } }: PastEvent,
  order: OrderItem,
): ReplayedEvent | undefined {
  if (type === undefined || time === undefined || data === undefined) return undefined;
  return replayed(orderEvent({ type, version, time }, order, data));
}

/**
 * The event of the current version: of the type that was published for it, or else of its status. The version that erases an address has
 * none, so the one before stands for it; its time is that of the erasure where an older release recorded none.
 */
function currentEvent(newest: PastEvent | undefined, order: OrderItem, expected: number): ReplayedEvent {
  const { version, status, updatedAt: time } = order;
  const published = newest?.publication.orderVersion ?? 0;
  const head =
    newest?.type === undefined || published < expected || published > version
      ? { type: typeOfStatus(status), version, time }
      : {
          type: newest.type,
          version: newest.publication.orderVersion,
          time: newest.publication.time ?? time,
        };
  return replayed(orderEvent(head, order));
}

const replayed = (event: OrderNotification): ReplayedEvent => ({ ...event, replayed: true });
