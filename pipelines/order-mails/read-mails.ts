import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { MailEntry, orderMailsKey } from '../../contracts/order-mails/mail-entry.ts';
import { readItemsUnder } from '../dynamodb/query-items.ts';
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
  const mails = await readItemsUnder(dynamoDb, {
    tableName: mailboxTableName,
    key: orderMailsKey(order),
    schema: MailEntry,
  });
  return new Map(mails.map((mail) => [mail.eventId, mail]));
}
