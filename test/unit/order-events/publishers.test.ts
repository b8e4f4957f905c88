import { describe, expect, it } from 'vitest';
import {
  isStatusEvent,
  NotificationType,
  OrderNotification,
} from '../../../contracts/events/order-notification.ts';
import { PUBLISHERS, PublisherName } from '../../../contracts/events/publishers.ts';
import { eventsOf } from '../../../pipelines/order-events/notification/publishers.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const placed = orderItem();
const settings = { highValueThreshold: 1 };
const typesOf = (change: Parameters<typeof eventsOf>[0]) =>
  eventsOf(change, settings).map(({ type }) => type);

describe('the registry of publishers', () => {
  it('has each event type once', () => {
    const types = PublisherName.options.flatMap((name) => PUBLISHERS[name].types);
    expect(types.toSorted()).toEqual(NotificationType.options.toSorted());
    expect(new Set(types).size).toBe(types.length);
  });

  it('has a schema for each event type', () => {
    const schemas = OrderNotification.options.map(({ shape }) => shape.type.value);
    expect(schemas.toSorted()).toEqual(NotificationType.options.toSorted());
  });
});

describe('the events of a change', () => {
  it('are those of all publishers, with ids of their own and one sequence', () => {
    const events = eventsOf(orderChange(insertOf(placed)), settings);
    expect(events.map(({ type }) => type)).toEqual(['order.placed', 'order.high-value']);
    expect(new Set(events.map(({ id }) => id)).size).toBe(2);
    expect(new Set(events.map(({ sequence }) => sequence)).size).toBe(1);
  });

  it('have one at most that reports a status', () => {
    const events = eventsOf(orderChange(insertOf(placed)), settings);
    expect(events.map(isStatusEvent)).toEqual([true, false]);
  });

  it('are those of the publishers that have one', () => {
    expect(typesOf(orderChange(modifyOf(placed, withStatus(placed, 'confirmed'))))).toEqual([
      'order.status-changed',
    ]);
    expect(typesOf(orderChange(modifyOf(placed, withStatus(placed, 'placed'))))).toEqual([]);
  });

  it('are the same, byte for byte, for the same record delivered again', () => {
    const record = insertOf(placed);
    const text = () => JSON.stringify(eventsOf(orderChange(record), settings));
    expect(text()).toBe(text());
  });
});
