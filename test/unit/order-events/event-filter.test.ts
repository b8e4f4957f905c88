import { describe, expect, it } from 'vitest';
import { canHaveStatus, matchless } from '../../../contracts/events/event-filter.ts';
import type { NotificationType } from '../../../contracts/events/order-notification.ts';
import { OrderStatus } from '../../../contracts/order-status.ts';
import { SubscriptionRequest } from '../../../infra/contract-tooling/subscription/subscription.ts';
import { eventsOf } from '../../../pipelines/order-events/notification/publishers.ts';
import { orderChange, withStatus } from '../../builders/stream/order-life.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem } from '../../builders/values/items.ts';

const statuses = OrderStatus.options;
const requested = (types: readonly NotificationType[], of: readonly OrderStatus[]) =>
  SubscriptionRequest.safeParse({
    queue: 'shipping',
    topicArn: 'arn:aws:sns:eu-central-1:000000000000:orders',
    types,
    statuses: of,
  });

describe('the statuses of an event type', () => {
  it('have that of every event that a change of an order has', () => {
    const changes = statuses.flatMap((before) => {
      const item = orderItem({ status: before });
      const changed = statuses.map((after) => modifyOf(item, withStatus(item, after)));
      return [insertOf(item), removeOf(item), ...changed];
    });
    const events = changes.flatMap((record) => eventsOf(orderChange(record), { highValueThreshold: 1 }));
    expect(events.filter(({ type, data }) => !canHaveStatus(type, data.status))).toEqual([]);
    const pairs = new Set(events.map(({ type, data }) => `${type} ${data.status}`));
    expect(pairs).toContain('order.rejected rejected');
    expect(pairs).toContain('order.placed delivered');
  });
});

describe('a filter by types and statuses', () => {
  it.each<[string, NotificationType[], OrderStatus[], string[]]>([
    ['a status that no type has', ['order.status-changed'], ['cancelled', 'rejected'], ['rejected']],
    ['a type that has no status', ['order.placed', 'order.rejected'], ['placed'], ['order.rejected']],
    ['nothing that matches', ['order.high-value'], ['shipped'], ['order.high-value', 'shipped']],
    ['no types', [], ['rejected'], []],
    ['no statuses', ['order.rejected'], [], []],
    ['what matches', ['order.status-changed', 'order.rejected'], ['cancelled', 'rejected'], []],
  ])('with %s names what matches nothing', (_what, types, of, names) => {
    expect(matchless(types, of)).toEqual(names);
  });

  it('of a subscription is refused where a part of it matches nothing', () => {
    expect(requested(['order.status-changed'], ['rejected']).error?.issues).toMatchObject([
      { path: ['filter'], message: expect.stringContaining('rejected would match no event') },
    ]);
    expect(requested(['order.rejected'], ['rejected']).success).toBe(true);
  });
});
