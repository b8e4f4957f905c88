import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { MailEntry, orderMailsKey } from '../../contracts/order-mails/mail-entry.ts';
import { queryItems } from '../dynamodb/query-items.ts';
import { parseItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import type { OrderAddress } from '../orders/read-order.ts';

/** The mailboxes of all users. */
export interface ReadMailsDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly mailboxTableName: string;
}

/** The mails of an order by the ids of their events, as the mailbox has them now. @throws ContractViolationError; the SDK's own errors. */
export async function readMails(
  { dynamoDb, mailboxTableName }: ReadMailsDeps,
  order: OrderAddress,
): Promise<ReadonlyMap<string, MailEntry>> {
  const { pk, sk }: ItemKey = orderMailsKey(order);
  const mails: MailEntry[] = [];
  const query = {
    TableName: mailboxTableName,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
    ExpressionAttributeValues: marshall({ ':pk': pk, ':sk': sk }),
    ConsistentRead: true,
  };
  for await (const image of queryItems(dynamoDb, query)) mails.push(parseItem(MailEntry, unmarshal(image)));
  return new Map(mails.map((mail) => [mail.eventId, mail]));
}
