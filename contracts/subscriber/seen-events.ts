import type { OrderNotification } from '../events/order-notification.ts';
import { isStatusType } from '../events/publishers.ts';

/** What distinguishes an event from the others of its order, and its place among them. */
export type EventPlace = Readonly<
  Pick<OrderNotification, 'id' | 'sequence' | 'type'> & Partial<Pick<OrderNotification, 'replayed'>>
>;

/** An event as it is remembered. One without a type is from a release whose events all reported a status. */
export type SeenEvent = Omit<EventPlace, 'type' | 'replayed'> &
  Partial<Pick<EventPlace, 'type'>> & {
    /** Its action was skipped, and is due when the event comes by the topic. */
    readonly skipped?: true | undefined;
  };

/**
 * What a subscriber remembers of one order (`subject`), the oldest event first: plain data, to be stored in the transaction
 * that stores what its events did. Nothing at first: `[]`.
 */
export type SeenEvents = readonly SeenEvent[];

/**
 * How many events of an order are remembered of each kind, those that report a status and facts: an order has five statuses in its
 * life, and may be imported again after its removal.
 */
export const SEEN_EVENTS_MAX = 32;

/**
 * What an event is to a subscriber that has seen others of its order. `newest`: take over its status, and do the work of the
 * event. `late`: a newer one came first, so keep the status, and do only the work that each event needs. `fact`: it reports no status,
 * so keep the status, and do its work. `repeat`: do nothing.
 */
export type Arrival = 'newest' | 'late' | 'fact' | 'repeat';

/**
 * Decides what an event is to a subscriber that has seen `seen` of its order. In any order of arrival and with any repeats,
 * the last one to be `newest` is the newest status of all, and each event is `newest`, `late` or `fact` once. One that was remembered
 * by {@link withSkippedEvent} is `late` or `fact` once more, when it comes by the topic. A fact makes no status
 * late. An event older than all that are remembered of its kind, once there are {@link SEEN_EVENTS_MAX}, counts as a repeat.
 */
export function arrivalOf(event: EventPlace, seen: SeenEvents): Arrival {
  const known = seen.find(({ id }) => id === event.id);
  if (known !== undefined) {
    if (known.skipped !== true || event.replayed === true) return 'repeat';
    return isFact(event) ? 'fact' : 'late';
  }
  const alike = seen.filter((one) => isFact(one) === isFact(event));
  const [oldest] = alike;
  const isForgotten =
    alike.length >= SEEN_EVENTS_MAX && oldest !== undefined && bySequence(event, oldest) < 0;
  if (isForgotten) return 'repeat';
  if (isFact(event)) return 'fact';
  const newest = alike.at(-1);
  return newest === undefined || bySequence(newest, event) < 0 ? 'newest' : 'late';
}

/** What to remember after an event is handled. */
export function withEvent(seen: SeenEvents, event: EventPlace): SeenEvents {
  if (arrivalOf(event, seen) === 'repeat') return seen;
  const { id, sequence, type } = event;
  return remembering(seen, { id, sequence, type });
}

/**
 * What to remember after an event whose status was taken over and whose action was not done, because it was `replayed` by a backfill.
 * The same event may still come by the topic, and its action is due then.
 */
export function withSkippedEvent(seen: SeenEvents, event: EventPlace): SeenEvents {
  if (arrivalOf(event, seen) === 'repeat') return seen;
  const { id, sequence, type } = event;
  return remembering(seen, { id, sequence, type, skipped: true });
}

function remembering(seen: SeenEvents, event: SeenEvent): SeenEvents {
  const others = seen.filter(({ id }) => id !== event.id);
  const isOther = (one: SeenEvent): boolean => isFact(one) !== isFact(event);
  const alike = [...others.filter((one) => !isOther(one)), event].toSorted(bySequence);
  return [...others.filter(isOther), ...alike.slice(-SEEN_EVENTS_MAX)].toSorted(bySequence);
}

const isFact = ({ type }: SeenEvent): boolean => type !== undefined && !isStatusType(type);

/**
 * The order of an order's events, for sorting. Events of one sequence are about the same version: the status comes first, then the
 * facts. Of two statuses either may count as the newer. They sort by id, so that every subscriber chooses the same one.
 */
export function bySequence(one: SeenEvent, other: SeenEvent): number {
  return (
    compare(BigInt(one.sequence), BigInt(other.sequence)) ||
    Number(isFact(one)) - Number(isFact(other)) ||
    compare(one.id, other.id)
  );
}

function compare<Value extends bigint | string>(one: Value, other: Value): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

const ORDERS_MAX = 10_000;

/**
 * {@link SeenEvents} of the orders that had events last, in memory: for what may start again, such as a screen, and skips no action of a
 * `replayed` event. After a
 * restart, or once `ordersMax` others had events since, an order's next event is the newest again, even if it is a repeat.
 */
export class RecentEvents {
  readonly #seen = new Map<string, SeenEvents>();
  readonly #ordersMax: number;

  constructor({ ordersMax = ORDERS_MAX }: { readonly ordersMax?: number } = {}) {
    this.#ordersMax = ordersMax;
  }

  /** Returns what an event is, and remembers it as seen. */
  take(event: EventPlace & Readonly<Pick<OrderNotification, 'subject'>>): Arrival {
    const seen = this.#seen.get(event.subject) ?? [];
    this.#seen.delete(event.subject);
    this.#seen.set(event.subject, withEvent(seen, event));
    this.#forgetOldest();
    return arrivalOf(event, seen);
  }

  // A map keeps the order in which its keys were set, so the first is the one without an event for the longest time.
  #forgetOldest(): void {
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > this.#ordersMax && oldest !== undefined) this.#seen.delete(oldest);
  }
}
