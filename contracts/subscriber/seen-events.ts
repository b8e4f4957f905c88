import type { OrderNotification } from '../events/order-notification.ts';

/** What distinguishes an event from the others of its order, and its place among them. */
export type EventPlace = Readonly<Pick<OrderNotification, 'id' | 'sequence'>>;

/**
 * What a subscriber remembers of one order (`subject`), the oldest event first: plain data, to be stored in the transaction
 * that stores what its events did. Nothing at first: `[]`.
 */
export type SeenEvents = readonly EventPlace[];

/** How many events of an order are remembered: an order has five in its life, and may be imported again after its removal. */
export const SEEN_EVENTS_MAX = 32;

/**
 * What an event is to a subscriber that has seen others of its order. `newest`: take over its state, and do the work of the
 * event. `late`: a newer one came first, so keep the state, and do only the work that each event needs. `repeat`: do nothing.
 */
export type Arrival = 'newest' | 'late' | 'repeat';

/**
 * Decides what an event is to a subscriber that has seen `seen` of its order. In any order of arrival and with any repeats,
 * the last one to be `newest` is the newest of all, and each is `newest` or `late` once. An event older than all that are
 * remembered, once there are {@link SEEN_EVENTS_MAX}, counts as a repeat.
 */
export function arrivalOf(event: EventPlace, seen: SeenEvents): Arrival {
  if (seen.some(({ id }) => id === event.id)) return 'repeat';
  const [oldest] = seen;
  const newest = seen.at(-1);
  if (newest === undefined || bySequence(newest, event) < 0) return 'newest';
  const isForgotten = seen.length >= SEEN_EVENTS_MAX && oldest !== undefined && bySequence(event, oldest) < 0;
  return isForgotten ? 'repeat' : 'late';
}

/** What to remember after an event is handled. */
export function withEvent(seen: SeenEvents, { id, sequence }: EventPlace): SeenEvents {
  if (arrivalOf({ id, sequence }, seen) === 'repeat') return seen;
  return [...seen, { id, sequence }].toSorted(bySequence).slice(-SEEN_EVENTS_MAX);
}

/**
 * The order of an order's events, for sorting. Events of one sequence report the same version, so that either may count as
 * the newer. They sort by id, so that every subscriber chooses the same one.
 */
export function bySequence(one: EventPlace, other: EventPlace): number {
  return compare(BigInt(one.sequence), BigInt(other.sequence)) || compare(one.id, other.id);
}

function compare<Value extends bigint | string>(one: Value, other: Value): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

const ORDERS_MAX = 10_000;

/**
 * {@link SeenEvents} of the orders that had events last, in memory: for what may start again, such as a screen. After a
 * restart, or once `ordersMax` others had events since, an order's next event is the newest again, even if it is a repeat.
 */
export class RecentEvents {
  readonly #seen = new Map<string, SeenEvents>();
  readonly #ordersMax: number;

  constructor({ ordersMax = ORDERS_MAX }: { readonly ordersMax?: number } = {}) {
    this.#ordersMax = ordersMax;
  }

  /** Returns what an event is, and remembers it as seen. */
  take(event: Readonly<Pick<OrderNotification, 'id' | 'sequence' | 'subject'>>): Arrival {
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
