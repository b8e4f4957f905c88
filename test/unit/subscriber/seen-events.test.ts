import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderId } from '../../../contracts/ids.ts';
import {
  arrivalOf,
  bySequence,
  type EventPlace,
  RecentEvents,
  SEEN_EVENTS_MAX,
  type SeenEvents,
  withEvent,
} from '../../../contracts/subscriber/seen-events.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';

type Event = EventPlace & { readonly subject: OrderId };
const eventAt = (sequence: number | bigint, kind = 'placed', order = 1): Event => ({
  subject: OrderId.parse(orderIdOf(order)),
  id: `${orderIdOf(order)}.${sequence}.${kind}`,
  sequence: String(sequence),
});

/** A subscriber as docs/events.md has it: the newest event's state, and what each event called for. */
class Books {
  readonly effects: string[] = [];
  state: string | undefined;
  #seen: SeenEvents = [];

  take(event: EventPlace): void {
    const arrival = arrivalOf(event, this.#seen);
    if (arrival === 'repeat') return;
    if (arrival === 'newest') this.state = event.id;
    this.effects.push(event.id);
    this.#seen = withEvent(this.#seen, event);
  }
}

const seenAfter = (...events: readonly EventPlace[]) => events.reduce(withEvent, []);

describe('what an event is to a subscriber', () => {
  it('is the newest when none came before', () => {
    expect(arrivalOf(eventAt(5), [])).toBe('newest');
  });

  it('is late when a newer one came before', () => {
    expect(arrivalOf(eventAt(4), seenAfter(eventAt(5)))).toBe('late');
  });

  it('is a repeat when it came before, the newest or not', () => {
    const seen = seenAfter(eventAt(5), eventAt(4));
    expect([arrivalOf(eventAt(5), seen), arrivalOf(eventAt(4), seen)]).toEqual(['repeat', 'repeat']);
  });

  it('is none of another event of the same version', () => {
    const seen = seenAfter(eventAt(5, 'placed'));
    expect(arrivalOf(eventAt(5, 'status-changed'), seen)).toBe('newest');
    expect(arrivalOf(eventAt(5, 'expired'), seen)).toBe('late');
  });

  it('is recognized by all digits of its sequence', () => {
    const seen = seenAfter(eventAt(9_007_199_254_740_993n));
    expect(arrivalOf(eventAt(9_007_199_254_740_992n), seen)).toBe('late');
    expect(arrivalOf(eventAt(10_000_000_000_000_000n), seen)).toBe('newest');
  });

  it('is a repeat when it is older than all of a full memory, which may no longer have it', () => {
    const events = Array.from({ length: SEEN_EVENTS_MAX + 1 }, (_, index) => eventAt(10 + index));
    const seen = seenAfter(...events);
    expect(seen).toHaveLength(SEEN_EVENTS_MAX);
    expect(events.map((event) => arrivalOf(event, seen))).toEqual(events.map(() => 'repeat'));
  });

  it('makes the state end as the newest event and each event count once, in any order, with any repeats', () => {
    const anyEvent = fc
      .tuple(fc.bigInt({ min: 1n, max: 9n }), fc.constantFrom('placed', 'status-changed', 'removed'))
      .map(([sequence, kind]) => eventAt(sequence * 1_000_000_000_000_000n, kind));
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: SEEN_EVENTS_MAX }), (deliveries) => {
        const books = new Books();
        for (const event of deliveries) books.take(event);
        expect(books.state).toBe(deliveries.toSorted(bySequence).at(-1)?.id);
        expect(books.effects).toEqual([...new Set(deliveries.map(({ id }) => id))]);
      }),
    );
  });
});

describe('recent events', () => {
  it('are kept apart by order, in any sequence', () => {
    const anyEvent = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 }))
      .map(([sequence, order]) => eventAt(sequence, 'placed', order));
    fc.assert(
      fc.property(fc.array(anyEvent), (deliveries) => {
        const recent = new RecentEvents();
        const seen = new Map<OrderId, SeenEvents>();
        for (const event of deliveries) {
          const ofOrder = seen.get(event.subject) ?? [];
          expect(recent.take(event)).toBe(arrivalOf(event, ofOrder));
          seen.set(event.subject, withEvent(ofOrder, event));
        }
      }),
    );
  });

  it('are removed first for the order that had no event for the longest time', () => {
    const recent = new RecentEvents({ ordersMax: 2 });
    const [first, second, third] = [
      eventAt(1, 'placed', 1),
      eventAt(1, 'placed', 2),
      eventAt(1, 'placed', 3),
    ];
    for (const event of [first, second, first, third]) recent.take(event);
    expect([first, third, second].map((event) => recent.take(event))).toEqual(['repeat', 'repeat', 'newest']);
  });
});
