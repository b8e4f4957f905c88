import type { OrderNotification } from '../events/order-notification.ts';
import { type Arrival, arrivalOf, type SeenEvents, withEvent } from './seen-events.ts';

const ORDERS_MAX = 10_000;

/**
 * {@link SeenEvents} of the orders that events came of last, in memory: for what may start anew, such as a screen. After a
 * restart, or once `ordersMax` others had events since, an order's next event is the newest again, be it a repeat or not.
 */
export class RecentEvents {
  readonly #seen = new Map<string, SeenEvents>();
  readonly #ordersMax: number;

  constructor({ ordersMax = ORDERS_MAX }: { readonly ordersMax?: number } = {}) {
    this.#ordersMax = ordersMax;
  }

  /** What an event is, which from then on counts as seen. */
  take(event: Readonly<Pick<OrderNotification, 'id' | 'sequence' | 'subject'>>): Arrival {
    const seen = this.#seen.get(event.subject) ?? [];
    this.#seen.delete(event.subject);
    this.#seen.set(event.subject, withEvent(seen, event));
    this.#forgetOldest();
    return arrivalOf(event, seen);
  }

  // A map keeps the order in which its keys were set, so the first is the one that was left alone for the longest.
  #forgetOldest(): void {
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > this.#ordersMax && oldest !== undefined) this.#seen.delete(oldest);
  }
}
