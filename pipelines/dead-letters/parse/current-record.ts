import { createHash } from 'node:crypto';
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { read } from '../../../contracts/reading.ts';
import { toLambdaImage } from '../../stream/lambda-record.ts';

/** The sequence number of a record that is from no stream. */
const NO_PLACE = '0';
const ID_PREFIX = 'current-';
const Current = z.object({ eventID: z.string().startsWith(ID_PREFIX) });

/** Whether a record is one of {@link currentRecord}, and of no stream. */
export const isCurrentRecord = (record: unknown): boolean => read(Current, record).success;

/**
 * The record that Lambda would deliver for a change to the current state of an item: with the current image and no old one. Its
 * event id is the same for the same item, so that a large dead letter of the item overwrites the earlier one.
 */
export function currentRecord(image: Readonly<Record<string, AttributeValue>>): DynamoDBRecord {
  const { pk, sk } = image;
  const Keys = toLambdaImage({ ...(pk === undefined ? {} : { pk }), ...(sk === undefined ? {} : { sk }) });
  const id = createHash('sha256').update(JSON.stringify(Keys)).digest('hex');
  return {
    eventID: `${ID_PREFIX}${id}`,
    eventName: 'MODIFY',
    eventSource: 'aws:dynamodb',
    dynamodb: { Keys, NewImage: toLambdaImage(image), SequenceNumber: NO_PLACE },
  };
}

/** The current state of an item as a record, read with strong consistency; `undefined` where there is no such item. */
export async function readCurrent(
  dynamoDb: DynamoDBClient,
  tableName: string,
  { pk, sk }: ItemKey,
  abortSignal: AbortSignal,
): Promise<DynamoDBRecord | undefined> {
  const { Item } = await dynamoDb.send(
    new GetItemCommand({ TableName: tableName, Key: marshall({ pk, sk }), ConsistentRead: true }),
    { abortSignal },
  );
  return Item && currentRecord(Item);
}
