import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { MailFeedback } from '../../contracts/order-mails/mail-feedback.ts';
import { type AddressSuppression, addressSuppressionKey } from '../../contracts/order-mails/mailbox-items.ts';
import { type Clock, instantOf } from '../clock.ts';
import { addressHash } from './address-hash.ts';

/** What the suppression of an address needs. */
export interface SuppressAddressDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly mailboxTableName: string;
  readonly clock: Clock;
}

/**
 * Suppresses the address that a mail went to, for a permanent bounce or a complaint. A bounce that may pass suppresses nothing, nor does a
 * report that the mail is no spam. A complaint outweighs a bounce; repeated feedback changes nothing else.
 */
export async function suppressAddress(
  { dynamoDb, mailboxTableName, clock }: SuppressAddressDeps,
  feedback: MailFeedback,
): Promise<void> {
  const reason = reasonOf(feedback);
  if (reason === undefined) return;
  const [email] = feedback.mail.destination;
  const keep = reason === 'bounced' ? 'if_not_exists(reason, :reason)' : ':reason';
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: mailboxTableName,
      Key: marshall(addressSuppressionKey(addressHash(email))),
      UpdateExpression: `SET reason = ${keep}, suppressedAt = if_not_exists(suppressedAt, :now)`,
      ExpressionAttributeValues: marshall({ ':reason': reason, ':now': instantOf(clock.now()) }),
    }),
  );
}

function reasonOf(feedback: MailFeedback): AddressSuppression['reason'] | undefined {
  if (feedback.eventType === 'Complaint')
    return feedback.complaint.complaintFeedbackType === 'not-spam' ? undefined : 'complained';
  return feedback.bounce.bounceType === 'Permanent' ? 'bounced' : undefined;
}
