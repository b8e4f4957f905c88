import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrderNotification } from '../../../contracts/events/order-notification.ts';
import {
  MalformedNotificationError,
  NotificationError,
  NotificationNotJsonError,
  parseNotification,
  SubscriptionMessageError,
} from '../../../contracts/subscriber/parse-notification.ts';
import { lifecycleEvent } from '../../../pipelines/order-events/notification/order-lifecycle.ts';
import { orderChange } from '../../builders/stream/order-life.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { arbitraryOf } from '../../builders/values/arbitrary-of.ts';
import { orderItem } from '../../builders/values/items.ts';

const placed = lifecycleEvent(orderChange(insertOf(orderItem())));
const raw = JSON.stringify(placed);
const envelope = { Type: 'Notification', MessageId: 'm-1', TopicArn: 'arn:aws:sns:::orders', Message: raw };

const errorOf = (body: unknown): unknown => {
  try {
    return parseNotification(body);
  } catch (error) {
    return error;
  }
};

describe('parsing a notification', () => {
  it.each([
    ['a raw delivery', raw],
    ["SNS's envelope", JSON.stringify(envelope)],
    ['an envelope that is parsed already', envelope],
    ['an event that is parsed already', placed],
  ])('reads %s', (_, body) => {
    expect(parseNotification(body)).toEqual(placed);
  });

  it('reads everything that keeps the contract, in an envelope and without one', () => {
    fc.assert(
      fc.property(arbitraryOf(OrderNotification), (event) => {
        const Message = JSON.stringify(event);
        const wrapped = JSON.stringify({ Type: 'Notification', Message });
        expect(parseNotification(Message)).toEqual(event);
        expect(parseNotification(wrapped)).toEqual(event);
      }),
    );
  });

  it('ignores members that it does not know', () => {
    const later = { ...placed, traceparent: '00', data: { ...placed?.data, giftWrapped: true } };
    expect(parseNotification(later)).toEqual(placed);
  });

  it('calls an event of a type that it does not know unknown', () => {
    const later = { ...placed, type: 'order.returned', data: { reason: 'broken' } };
    expect(parseNotification(later)).toEqual({
      type: 'unknown',
      unknownType: 'order.returned',
      id: placed?.id,
    });
  });

  it('refuses what is no JSON', () => {
    expect(errorOf('Hello from the console')).toBeInstanceOf(NotificationNotJsonError);
    expect(errorOf({ ...envelope, Message: 'Hello' })).toBeInstanceOf(NotificationNotJsonError);
  });

  it.each([
    ['SubscriptionConfirmation', 'confirmation', /^Confirm the subscription/],
    ['UnsubscribeConfirmation', 'ended', /^Do nothing\. .* would restore the subscription/],
  ] as const)('says what a %s is, and what to do', (Type, kind, remedy) => {
    const error = errorOf(JSON.stringify({ Type, Message: 'You have chosen', SubscribeURL: 'https://' }));
    expect(error).toEqual(new SubscriptionMessageError(kind));
    expect(error).toMatchObject({
      code: 'subscription-message',
      kind,
      remedy: expect.stringMatching(remedy),
    });
  });

  it.each([
    ['no event', { hello: 'world' }],
    ['null', null],
    ['an event of another publisher', { ...placed, source: '/shop' }],
  ])('refuses %s', (_, body) => {
    expect(errorOf(body)).toBeInstanceOf(MalformedNotificationError);
  });

  it('names what is wrong, and no value', () => {
    const secret = 'not-for-logs';
    const error = errorOf({
      ...placed,
      time: secret,
      data: { ...placed?.data, status: secret, userId: `${secret}!` },
    });
    expect(error).toMatchObject({
      code: 'malformed-notification',
      issues: [{ path: 'event.time' }, { path: 'event.data.userId' }, { path: 'event.data.status' }],
    });
    expect(JSON.stringify([error, String(error)])).not.toContain(secret);
  });

  it('throws its own errors alone, with what to do', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.anything()), (body) => {
        const error = errorOf(body);
        expect(error).toBeInstanceOf(NotificationError);
        expect(error).toMatchObject({ code: expect.any(String), remedy: expect.any(String) });
      }),
    );
  });
});
