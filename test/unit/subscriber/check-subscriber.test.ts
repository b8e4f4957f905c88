import { describe, expect, it } from 'vitest';
import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { InvalidValueError } from '../../../contracts/reading.ts';
import { parseNotification } from '../../../contracts/subscriber/parse-notification.ts';
import {
  arrivalOf,
  type SeenEvents,
  withEvent,
  withSkippedEvent,
} from '../../../contracts/subscriber/seen-events.ts';
import { checkSubscriber, type SubscriberState } from '../../../contracts/testing/check-subscriber.ts';
import { buildEvent } from '../../../contracts/testing/event-builder.ts';

type Order = Required<SubscriberState> & { readonly seen: SeenEvents };

/** A subscriber in memory, right but for what is replaced. */
class Subscriber {
  readonly #orders = new Map<string, Order>();

  handle = async (body: string): Promise<void> => {
    const event = this.parse(body);
    if (event === undefined) return;
    const order = this.#orders.get(event.subject);
    const seen = order?.seen ?? [];
    const arrival = this.arrival(event, seen);
    if (arrival === 'repeat') return;
    const isNewest = arrival === 'newest' || order === undefined;
    const isSkipped = this.skips(event);
    this.#orders.set(event.subject, {
      status: isNewest ? this.statusAfter(event) : order.status,
      actions: [...(order?.actions ?? []), ...(isSkipped ? [] : [event.id])],
      seen: isSkipped ? this.afterSkipped(seen, event) : withEvent(seen, event),
    });
  };

  state = async (orderId: string): Promise<SubscriberState | undefined> => this.#orders.get(orderId);

  parse(body: string): OrderNotification | undefined {
    const event = parseNotification(body);
    return event.type === 'unknown' ? undefined : event;
  }

  arrival = arrivalOf;
  afterSkipped = withSkippedEvent;
  skips = (_event: OrderNotification): boolean => false;

  statusAfter = ({ type, data }: OrderNotification): SubscriberState['status'] =>
    type === 'order.removed' || type === 'order.expired' ? 'deleted' : data.status;
}

/** Acts on each delivery. */
class WithoutMemory extends Subscriber {
  override arrival: typeof arrivalOf = (event, seen) => {
    const arrival = arrivalOf(event, seen);
    return arrival === 'repeat' ? 'late' : arrival;
  };
}

/** Believes whatever came last. */
class LastArrivalWins extends Subscriber {
  override arrival: typeof arrivalOf = (event, seen) => {
    const arrival = arrivalOf(event, seen);
    return arrival === 'repeat' ? arrival : 'newest';
  };
}

/** Sends no mail for a backfill's events. */
class SkipsReplayed extends Subscriber {
  override skips = ({ replayed }: OrderNotification): boolean => replayed === true;
}

/** Remembers what it skipped as if it had been done. */
class ForgetsWhatItSkipped extends SkipsReplayed {
  override afterSkipped = withEvent;
}

/** Takes every type for one that it knows. */
class CrashesOnUnknownTypes extends Subscriber {
  override parse(body: string): OrderNotification {
    const event = super.parse(body);
    if (event === undefined) throw new TypeError('No such event');
    return event;
  }
}

const check = async (subscriber: Subscriber) => checkSubscriber(subscriber.handle, subscriber.state);
const namesOf = async (subscriber: Subscriber) => (await check(subscriber)).map(({ name }) => name);

describe('the check of a subscriber', () => {
  it('finds nothing in one that keeps the rules, and acts on the events of a backfill or skips them', async () => {
    expect(await check(new Subscriber())).toEqual([]);
    expect(await check(new SkipsReplayed())).toEqual([]);
  });

  it('finds one that does not act on an event whose replay it skipped before', async () => {
    expect(await namesOf(new ForgetsWhatItSkipped())).toEqual(['replayed-first']);
  });

  it('finds one that does a repeat again, and says how often', async () => {
    const [first] = await check(new WithoutMemory());
    expect(first).toMatchObject({ name: 'repeated', rule: 'An event that comes again is done once.' });
    expect(first?.problem).toMatch(/The action of .*order\.placed was done 2 times instead of 1\./);
  });

  it('finds one that takes the last arrival for the newest', async () => {
    expect(await namesOf(new LastArrivalWins())).toEqual(['late', 'compared-as-integers', 'removed']);
  });

  it('finds one that fails on an unknown type, and says at which message', async () => {
    expect(await check(new CrashesOnUnknownTypes())).toEqual([
      {
        name: 'unknown-type',
        rule: 'An event of an unknown type is ignored.',
        problem: 'Message 2 of 2 failed with TypeError: No such event.',
      },
    ]);
  });

  it('finds one that keeps nothing', async () => {
    const problems = await checkSubscriber(
      async () => undefined,
      async () => undefined,
    );
    expect(new Set(problems.map(({ problem }) => problem))).toEqual(
      new Set(['The status of the order is not known.']),
    );
  });

  it('leaves the actions alone of one that has none', async () => {
    const subscriber = new WithoutMemory();
    const statusOnly = async (orderId: string) => {
      const state = await subscriber.state(orderId);
      return state && { status: state.status };
    };
    expect(await checkSubscriber(subscriber.handle, statusOnly)).toEqual([]);
  });
});

describe('a built event', () => {
  it('has the given values, and the ids that follow from them', () => {
    const subject = '01KJMSY7G00000000000000099';
    const event = buildEvent('order.placed', { subject, sequence: '7', data: { total: 1_500_000 } });
    expect(event).toMatchObject({
      id: `${subject}.7.order.placed`,
      data: { orderId: subject, total: 1_500_000 },
    });
    expect(parseNotification(event)).toEqual(event);
  });

  it('keeps the contract', () => {
    expect(() => buildEvent('order.placed', { data: { total: -1 } })).toThrow(InvalidValueError);
  });
});
