import { describe, expect, it } from 'vitest';
import { UserId } from '../../../contracts/ids.ts';
import { loggableReason, SinkRefusedError } from '../../../pipelines/errors.ts';
import { loggableRecord } from '../../../pipelines/stream/batch-processor.ts';
import { recordIdentity } from '../../../pipelines/stream/lambda-record.ts';
import { pseudonymOf } from '../../../pipelines/users/pseudonym.ts';
import { sequenceOf } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';

describe('a record’s identity', () => {
  it.each([
    ['both of its names', { eventID: 'e', dynamodb: { SequenceNumber: '7' } }, 'e', '7'],
    ['its sequence number alone', { dynamodb: { SequenceNumber: '7' } }, '7', '7'],
    ['its event id alone', { eventID: 'e', dynamodb: {} }, 'e', ''],
    ['an event id that is none', { eventID: 1, dynamodb: { SequenceNumber: '7' } }, '7', '7'],
    ['a sequence number that is none', { eventID: 'e', dynamodb: { SequenceNumber: 7 } }, 'e', ''],
    ['nothing inside', { eventID: 'e', dynamodb: null }, 'e', ''],
    ['neither', {}, '', ''],
  ])('is read where it has %s', (_has, record, eventId, sequenceNumber) => {
    expect(recordIdentity(record)).toEqual({ eventId, sequenceNumber });
  });

  it.each([undefined, null, 'text', 7])('is empty where it is no record: %s', (raw) => {
    expect(recordIdentity(raw)).toEqual({ eventId: '', sequenceNumber: '' });
  });
});

describe('what may be logged of a record', () => {
  const order = orderItem();
  const record = insertOf(order);

  it('is its key, with a pseudonym of the user, and what it is found by', () => {
    const { sk } = order;
    expect(loggableRecord(record)).toStrictEqual({
      eventId: record.eventID,
      sequenceNumber: sequenceOf(record),
      correlationId: record.eventID,
      key: { pk: `USER#${pseudonymOf(order.userId)}`, sk },
    });
  });

  it.each(['ada', 'USER', 'PROFILE', 'U'])('does not name the user %s', (userId) => {
    const logged = loggableRecord(insertOf(userItem({ userId }))).key;
    const pseudonym = pseudonymOf(UserId.parse(userId));
    expect(logged).toEqual({ pk: `USER#${pseudonym}`, sk: `PROFILE#${pseudonym}` });
  });

  it('is the key of an item of no user as it is', () => {
    const { pk, sk } = productItem();
    expect(loggableRecord(insertOf(productItem())).key).toEqual({ pk, sk });
  });

  it.each([
    ['of an unknown shape', { pk: { S: 'ada@example.com' }, sk: { S: 'x' } }],
    ['that is not of two strings', { pk: { N: '1' } }],
  ])('is no key %s', (_what, Keys) => {
    expect(loggableRecord({ ...record, dynamodb: { ...record.dynamodb, Keys } })).not.toHaveProperty('key');
  });
});

describe('the reason in a log', () => {
  it.each([
    ['our errors by code and message', new SinkRefusedError('no such field'), 'sink-refused: no such field'],
    ['others by their class, since their message can quote a value', new TypeError('Ada'), 'TypeError'],
    ['what is no error by its type', 'Ada', 'string'],
  ])('names %s', (_which, error, reason) => {
    expect(loggableReason(error)).toBe(reason);
  });
});
