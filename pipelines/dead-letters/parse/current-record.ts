import { createHash } from 'node:crypto';
import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { toLambdaImage } from '../../stream/lambda-record.ts';

/** A sequence number for what comes from no stream. */
const NO_PLACE = '0';

/**
 * What Lambda would deliver had the item just been changed into what it is: its present state and no old one. Its event
 * id is the same for the same item, so that a large letter of it overwrites its forerunner.
 */
export function currentRecord(image: Readonly<Record<string, AttributeValue>>): DynamoDBRecord {
  const { pk, sk } = image;
  const Keys = toLambdaImage({ ...(pk === undefined ? {} : { pk }), ...(sk === undefined ? {} : { sk }) });
  const id = createHash('sha256').update(JSON.stringify(Keys)).digest('hex');
  return {
    eventID: `present-${id}`,
    eventName: 'MODIFY',
    eventSource: 'aws:dynamodb',
    dynamodb: { Keys, NewImage: toLambdaImage(image), SequenceNumber: NO_PLACE },
  };
}

/** The present state of an item as a record, read with strong consistency; `undefined` where there is no such item. */
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
