import type { DynamoDBRecord } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { withExpiryMark } from '../../../infra/local/time-to-live/expired-removal.ts';

const removal = (ttl: string | undefined, removedAt: number): DynamoDBRecord => ({
  eventName: 'REMOVE',
  dynamodb: {
    ApproximateCreationDateTime: removedAt,
    Keys: { pk: { S: 'p' }, sk: { S: 's' } },
    OldImage: { pk: { S: 'p' }, ...(ttl === undefined ? {} : { ttl: { N: ttl } }) },
  },
});

describe('the mark of an expired item', () => {
  it("is on a removal after the item's time", () => {
    expect(withExpiryMark(removal('100', 101), 'ttl').userIdentity).toEqual({
      type: 'Service',
      principalId: 'dynamodb.amazonaws.com',
    });
  });

  it.each([
    ["a removal before the item's time", removal('100', 99)],
    ['a removal of an item that does not expire', removal(undefined, 101)],
    ['a change', { ...removal('100', 101), eventName: 'MODIFY' as const }],
  ])('is not on %s', (_name, record) => {
    expect(withExpiryMark(record, 'ttl').userIdentity).toBeUndefined();
  });
});
