import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import { NotificationType, type OrderNotification } from '../../../contracts/events/order-notification.ts';
import { parseNotification } from '../../../contracts/subscriber/parse-notification.ts';
import { exampleFile, exampleOf } from '../../../infra/contract-tooling/event-examples.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { topicEntryOf } from '../../../pipelines/order-events/notification/order-topic.ts';
import { eventsOf } from '../../../pipelines/order-events/notification/publishers.ts';
import type { ChangeOf } from '../../../pipelines/stream/stream-change.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';

const TYPES = NotificationType.options;

const order = orderItem({
  userId: 'ada',
  lines: [
    orderLine({ sku: 'chair', quantity: 2, amount: 25_000 }),
    orderLine({ sku: 'table', quantity: 1, amount: 48_900 }),
  ],
});

const largeOrder = orderItem({
  userId: 'ada',
  lines: [orderLine({ sku: 'table', quantity: 25, amount: 1_222_500 })],
});
/** The settings of the publishers, as infra/template.yaml has them by default. */
const SETTINGS = { highValueThreshold: 1_000_000 };

const removedAt = (change: ChangeOf<'Order'>, instant: string): ChangeOf<'Order'> => ({
  ...change,
  approximateCreationTime: new Date(instant),
});

/** For each event type a change that brings it about. */
const CHANGES: Readonly<Record<NotificationType, ChangeOf<'Order'>>> = {
  'order.placed': orderChange(insertOf(order)),
  'order.status-changed': changeTo('confirmed'),
  'order.rejected': changeTo('rejected'),
  'order.removed': removedAt(
    orderChange(removeOf(withStatus(order, 'cancelled'))),
    '2026-03-02T08:30:00.000Z',
  ),
  'order.expired': removedAt(
    orderChange(removeOf(withStatus(order, 'delivered'), { expired: true })),
    '2027-03-01T12:00:00.000Z',
  ),
  'order.high-value': orderChange(insertOf(largeOrder)),
};

function changeTo(status: OrderItem['status']): ChangeOf<'Order'> {
  return orderChange(modifyOf(order, withStatus(order, status)));
}

const published = (type: OrderNotification['type']): string | undefined => {
  const event = eventsOf(CHANGES[type], SETTINGS).find((one) => one.type === type);
  return event && topicEntryOf(event).Message;
};

describe('the examples of events', () => {
  it.each(TYPES)('have one of %s, which is what the pipeline publishes, byte for byte', (type) => {
    expect(JSON.stringify(exampleOf(type))).toBe(published(type));
  });

  it.each(TYPES)('are read by a subscriber: %s', (type) => {
    expect(parseNotification(published(type))).toEqual(exampleOf(type));
  });

  it('are what docs/events.md shows', () => {
    const guide = readFileSync(join(PROJECT_ROOT, 'docs', 'events.md'), 'utf8');
    const shown = [...guide.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => JSON.parse(json));
    expect(shown).toEqual([exampleOf('order.status-changed')]);
  });

  it('are of event types alone', () => {
    const kept = readdirSync(dirname(exampleFile('order.placed')));
    expect(kept.toSorted()).toEqual(TYPES.map((type) => `${type}.json`).toSorted());
  });
});
