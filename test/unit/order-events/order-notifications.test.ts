import { beforeEach, describe, expect, it } from 'vitest';
import type { NotificationType, OrderNotification } from '../../../contracts/events/order-notification.ts';
import { SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';
import { OrderNotifications } from '../../../pipelines/order-events/notification/order-topic.ts';
import { orderChange } from '../../builders/stream/order-life.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

class Unavailable extends TransientError {
  override readonly code = 'test';
  override readonly remedy = 'none';
}

const PLACED = 'order.placed';
const HIGH = 'order.high-value';
const settings = { highValueThreshold: 1 };
const { signal } = new AbortController();

/** What the topic was sent, and why it fails events of a type. */
let sent: OrderNotification[];
let failing: Map<NotificationType, Error>;
const topic = {
  publish: async (event: OrderNotification): Promise<void> => {
    sent.push(event);
    const error = failing.get(event.type);
    if (error !== undefined) throw error;
  },
};
const change = orderChange(insertOf(orderItem()));
const typesSent = () => sent.map(({ type }) => type);

beforeEach(() => {
  sent = [];
  failing = new Map();
});

describe('a change with two events', () => {
  it('is done once both are published', async () => {
    await new OrderNotifications({ topic, ...settings }).handle(change, signal);
    expect(typesSent()).toEqual([PLACED, HIGH]);
  });

  it.each([
    [PLACED, HIGH],
    [HIGH, PLACED],
  ] as const)('fails with %s, and publishes %s nevertheless', async (failed, published) => {
    failing.set(failed, new Unavailable('The topic is not there'));
    await expect(new OrderNotifications({ topic, ...settings }).handle(change, signal)).rejects.toThrow(
      Unavailable,
    );
    expect(typesSent()).toContain(published);
  });

  it.each([PLACED, HIGH] as const)('is retried with %s alone when that has failed', async (failed) => {
    const notifications = new OrderNotifications({ topic, ...settings });
    failing.set(failed, new Unavailable('The topic is not there'));
    await expect(notifications.handle(change, signal)).rejects.toThrow();
    await expect(notifications.handle(change, signal)).rejects.toThrow();
    failing.clear();
    sent = [];
    await notifications.handle(change, signal);
    expect(typesSent()).toEqual([failed]);
  });

  it('is published again, byte for byte, by another process', async () => {
    failing.set(HIGH, new Unavailable('The topic is not there'));
    await expect(new OrderNotifications({ topic, ...settings }).handle(change, signal)).rejects.toThrow();
    failing.clear();
    const [first] = sent.splice(0);
    await new OrderNotifications({ topic, ...settings }).handle(change, signal);
    expect(JSON.stringify(sent[0])).toBe(JSON.stringify(first));
    expect(typesSent()).toEqual([PLACED, HIGH]);
  });

  it('is published again when it comes again after both were', async () => {
    const notifications = new OrderNotifications({ topic, ...settings });
    await notifications.handle(change, signal);
    await notifications.handle(change, signal);
    expect(typesSent()).toEqual([PLACED, HIGH, PLACED, HIGH]);
  });

  it('is not published again by the process of a stream, such as when another handler of the change failed', async () => {
    const notifications = new OrderNotifications({ topic, ...settings, publishesOnce: true });
    await notifications.handle(change, signal);
    await notifications.handle(change, signal);
    expect(typesSent()).toEqual([PLACED, HIGH]);
  });

  it('is retried where one event is refused for good and the other may succeed yet', async () => {
    failing.set(PLACED, new SinkRefusedError('The order topic refused the event'));
    failing.set(HIGH, new Unavailable('The topic is not there'));
    await expect(new OrderNotifications({ topic, ...settings }).handle(change, signal)).rejects.toThrow(
      Unavailable,
    );
  });
});

it('publishes nothing once its invocation is out of time', async () => {
  const aborted = AbortSignal.abort(new Error('out of time'));
  await expect(new OrderNotifications({ topic, ...settings }).handle(change, aborted)).rejects.toThrow(
    'out of time',
  );
  expect(sent).toEqual([]);
});
