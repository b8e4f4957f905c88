import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { TTL_PRINCIPAL } from '../../../contracts/stream.ts';

type AttributeImage = Record<string, AttributeValue>;
type StreamItem = ItemKey & object;

/** The table of every record built here, and the source ARN of each. */
export const TABLE_ARN = 'arn:aws:dynamodb:eu-central-1:000000000000:table/orders';
export const STREAM_ARN = `${TABLE_ARN}/stream/2026-03-01T12:00:00.000`;

/** When every record built here was created, in seconds. Fixed: two records of a test must not differ by the second they were built in. */
const CREATED_AT = Date.parse('2026-03-01T12:00:00Z') / 1_000;
let lastSequenceNumber = 100_000_000_000_000_000_000_000n;

/** The record that Lambda delivers for a first write of `item`. Each record built has a greater sequence number than the one before. */
export const insertOf = (item: StreamItem): DynamoDBRecord =>
  recordOf('INSERT', item, { NewImage: imageOf(item) });

/** The record that Lambda delivers for a change of `oldItem` into `newItem`. */
export const modifyOf = (oldItem: StreamItem, newItem: StreamItem): DynamoDBRecord =>
  recordOf('MODIFY', newItem, { OldImage: imageOf(oldItem), NewImage: imageOf(newItem) });

/** The record that Lambda delivers for a removal of `item`: by a caller, or by DynamoDB since its `ttl` had passed. */
export function removeOf(item: StreamItem, { expired = false } = {}): DynamoDBRecord {
  const record = recordOf('REMOVE', item, { OldImage: imageOf(item) });
  return expired ? { ...record, userIdentity: { type: 'Service', principalId: TTL_PRINCIPAL } } : record;
}

function recordOf(
  eventName: 'INSERT' | 'MODIFY' | 'REMOVE',
  { pk, sk }: ItemKey,
  images: { NewImage?: AttributeImage; OldImage?: AttributeImage },
): DynamoDBRecord {
  lastSequenceNumber += 1n;
  return {
    eventID: lastSequenceNumber.toString(16).padStart(32, '0'),
    eventName,
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'eu-central-1',
    eventSourceARN: STREAM_ARN,
    dynamodb: {
      ApproximateCreationDateTime: CREATED_AT,
      Keys: imageOf({ pk, sk }),
      ...images,
      SequenceNumber: String(lastSequenceNumber),
      SizeBytes: JSON.stringify(images).length,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
    },
  };
}

// Through JSON, as the wire does it: a set or a binary value then looks to the code under test as it does in Lambda.
const imageOf = (item: object): AttributeImage =>
  JSON.parse(JSON.stringify(marshall(item, { removeUndefinedValues: true })));
