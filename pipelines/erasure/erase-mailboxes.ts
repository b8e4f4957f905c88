import { DeleteItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { userPartition } from '../../contracts/entities/user.ts';
import { queryItems } from '../dynamodb/query-items.ts';
import { OrderStreamError } from '../errors.ts';
import type { ErasureRun } from './erase-copies.ts';

/** The tables that hold mails to users. */
export interface MailboxesDeps {
  readonly dynamoDb: DynamoDBClient;
  /** None where the stack sends no order mails; one more for each that it kept when they were switched off. */
  readonly mailboxTableNames: readonly string[];
}

/** A table that was named as a mailbox holds other items. */
export class NotMailboxError extends OrderStreamError {
  readonly code = 'not-mailbox';
  readonly remedy = 'Name the mailbox table that the stack kept when order mails were switched off.';
}

/**
 * Deletes all items of a user's mailboxes.
 *
 * @returns how many, by table. @throws NotMailboxError, before it deletes anything of that table; the SDK's own errors.
 */
export async function eraseMailboxes(
  { dynamoDb, mailboxTableNames }: MailboxesDeps,
  { userId, dryRun, signal }: ErasureRun,
): Promise<ReadonlyMap<string, number>> {
  const deleted = new Map<string, number>();
  for (const TableName of mailboxTableNames) {
    let items = 0;
    const query = {
      TableName,
      KeyConditionExpression: 'pk = :user',
      ExpressionAttributeValues: marshall({ ':user': userPartition(userId) }),
      ConsistentRead: true,
    };
    for await (const { pk = { S: '' }, sk = { S: '' }, entityType } of queryItems(dynamoDb, query, signal)) {
      // An order is under the same partition key, in a table of another kind.
      if (entityType !== undefined) throw new NotMailboxError(`${TableName} is no mailbox table`);
      items += 1;
      const command = new DeleteItemCommand({ TableName, Key: { pk, sk } });
      if (!dryRun) await dynamoDb.send(command, { abortSignal: signal });
    }
    deleted.set(TableName, items);
  }
  return deleted;
}
