import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NotificationType } from '../../../contracts/events/order-notification.ts';
import { isStatusType } from '../../../contracts/events/publishers.ts';
import { OrderId } from '../../../contracts/ids.ts';
import {
  arrivalOf,
  bySequence,
  type EventPlace,
  RecentEvents,
  SEEN_EVENTS_MAX,
  type SeenEvents,
  withEvent,
  withSkippedEvent,
} from '../../../contracts/subscriber/seen-events.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';

type Event = EventPlace & { readonly subject: OrderId };
const eventAt = (sequence: number | bigint, type: NotificationType = 'order.placed', order = 1): Event => ({
  subject: OrderId.parse(orderIdOf(order)),
  id: `${orderIdOf(order)}.${sequence}.${type}`,
  sequence: String(sequence),
  type,
});

/** A subscriber as docs/events.md has it: the newest event's status, and what each event called for. */
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
    const seen = seenAfter(eventAt(5, 'order.placed'));
    expect(arrivalOf(eventAt(5, 'order.status-changed'), seen)).toBe('newest');
    expect(arrivalOf(eventAt(5, 'order.expired'), seen)).toBe('late');
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

  describe('that reports a fact', () => {
    const fact = (sequence: number) => eventAt(sequence, 'order.high-value');

    it.each([
      ['first', []],
      ['after the status of its version', seenAfter(eventAt(5))],
      ['after a newer status', seenAfter(eventAt(6, 'order.status-changed'))],
      ['after an older status', seenAfter(eventAt(4))],
    ])('is a fact that comes %s', (_, seen) => {
      expect(arrivalOf(fact(5), seen)).toBe('fact');
    });

    it('is a repeat when it came before', () => {
      expect(arrivalOf(fact(5), seenAfter(fact(5), eventAt(5)))).toBe('repeat');
    });

    it('makes no status late, of its version or of an older one', () => {
      expect(arrivalOf(eventAt(5), seenAfter(fact(5)))).toBe('newest');
      expect(arrivalOf(eventAt(4), seenAfter(fact(5)))).toBe('newest');
    });

    it('takes no place of a status in the memory', () => {
      const facts = Array.from({ length: SEEN_EVENTS_MAX + 1 }, (_, index) => fact(10 + index));
      const seen = seenAfter(eventAt(1), ...facts);
      expect(arrivalOf(eventAt(1), seen)).toBe('repeat');
      expect(arrivalOf(fact(10), seen)).toBe('repeat');
      expect(seen).toHaveLength(SEEN_EVENTS_MAX + 1);
    });

    it('sorts after the status of its version and before the next', () => {
      const events = [eventAt(6), fact(5), eventAt(5)];
      expect(events.toSorted(bySequence)).toEqual([eventAt(5), fact(5), eventAt(6)]);
    });
  });

  describe('that a backfill brought, and whose action was skipped', () => {
    const replayed = (event: Event) => ({ ...event, replayed: true as const });
    const skipped = (event: Event, seen: SeenEvents = []) => withSkippedEvent(seen, replayed(event));

    it('is late or a fact when it comes by the topic, once', () => {
      const [status, fact] = [eventAt(5), eventAt(5, 'order.high-value')];
      const seen = skipped(fact, skipped(status));
      expect([arrivalOf(status, seen), arrivalOf(fact, seen)]).toEqual(['late', 'fact']);
      const handled = [status, fact].reduce(withEvent, seen);
      expect([arrivalOf(status, handled), arrivalOf(fact, handled)]).toEqual(['repeat', 'repeat']);
    });

    it('is a repeat when the backfill brings it again', () => {
      expect(arrivalOf(replayed(eventAt(5)), skipped(eventAt(5)))).toBe('repeat');
    });

    it('stays handled where the topic brought it first', () => {
      const seen = seenAfter(eventAt(5));
      expect(skipped(eventAt(5), seen)).toEqual(seen);
    });

    it('makes an older status late', () => {
      expect(arrivalOf(eventAt(4), skipped(eventAt(5)))).toBe('late');
    });

    it('is a repeat when it is older than all of a full memory', () => {
      const full = seenAfter(...Array.from({ length: SEEN_EVENTS_MAX }, (_, index) => eventAt(10 + index)));
      expect(skipped(eventAt(5), full)).toEqual(full);
    });
  });

  it('is late after an event that was remembered without its type, by a release before there were facts', () => {
    const { id, sequence } = eventAt(5);
    expect(arrivalOf(eventAt(4), [{ id, sequence }])).toBe('late');
    expect(arrivalOf(eventAt(5), [{ id, sequence }])).toBe('repeat');
  });

  it('makes the status end as that of the newest event that reports one, and each event count once, in any order, with any repeats', () => {
    const anyEvent = fc
      .tuple(
        fc.bigInt({ min: 1n, max: 9n }),
        fc.constantFrom<NotificationType[]>(
          'order.placed',
          'order.status-changed',
          'order.high-value',
          'order.removed',
        ),
      )
      .map(([sequence, kind]) => eventAt(sequence * 1_000_000_000_000_000n, kind));
    fc.assert(
      fc.property(fc.array(anyEvent, { minLength: 1, maxLength: SEEN_EVENTS_MAX }), (deliveries) => {
        const books = new Books();
        for (const event of deliveries) books.take(event);
        const statuses = deliveries.filter(({ type }) => isStatusType(type));
        expect(books.state).toBe(statuses.toSorted(bySequence).at(-1)?.id);
        expect(books.effects).toEqual([...new Set(deliveries.map(({ id }) => id))]);
      }),
    );
  });
});

describe('recent events', () => {
  it('are kept apart by order, in any sequence', () => {
    const anyEvent = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 3 }))
      .map(([sequence, order]) => eventAt(sequence, 'order.placed', order));
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
      eventAt(1, 'order.placed', 1),
      eventAt(1, 'order.placed', 2),
      eventAt(1, 'order.placed', 3),
    ];
    for (const event of [first, second, first, third]) recent.take(event);
    expect([first, third, second].map((event) => recent.take(event))).toEqual(['repeat', 'repeat', 'newest']);
  });
});
