import { describe, expect, it } from 'vitest';
import { ConsumerDeadLetter } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import {
  ObjectCreatedNotification,
  ObjectNotificationTest,
} from '../../../contracts/imports/object-notification.ts';

describe('the message with which S3 tries a notification', () => {
  const message = {
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: '2026-03-01T12:00:00.000Z',
    Bucket: 'order-events-dead-letters-00000000-0000-4000-8000-000000000001',
    RequestId: '5582815E1AEA5ADF',
    HostId: '8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR+YstdA6Knx4Ip8EXAMPLE',
  };

  it('is known', () => {
    expect(ObjectNotificationTest.parse(message)).toEqual(message);
  });

  it.each([
    ["a consumer's dead letter", ConsumerDeadLetter],
    ["a mapping's dead letter", LambdaOnFailure],
    ['the notification of a new object', ObjectCreatedNotification],
  ])('is not taken for %s', (_, schema) => {
    expect(schema.safeParse(message).success).toBe(false);
  });

  it('is not the message of another event', () => {
    const other = { ...message, Event: 's3:ObjectCreated:Put' };
    expect(ObjectNotificationTest.safeParse(other).success).toBe(false);
  });
});
