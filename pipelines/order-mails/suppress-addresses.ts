import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { MailFeedback } from '../../contracts/order-mails/mail-feedback.ts';
import { type AddressSuppression, addressSuppressionKey } from '../../contracts/order-mails/mailbox-items.ts';
import { type Clock, instantOf } from '../clock.ts';
import { addressHash } from './address-hash.ts';

/** What the suppression of addresses needs. */
export interface SuppressAddressesDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly mailboxTableName: string;
  readonly clock: Clock;
}

/**
 * Suppresses the addresses of a permanent bounce or a complaint. A bounce that may pass suppresses nothing. A complaint outweighs a bounce;
 * repeated feedback changes nothing else.
 */
export async function suppressAddresses(deps: SuppressAddressesDeps, feedback: MailFeedback): Promise<void> {
  const [reason, recipients] = suppressedBy(feedback);
  for (const { emailAddress } of recipients) await suppress(deps, emailAddress, reason);
}

function suppressedBy(
  feedback: MailFeedback,
): readonly [AddressSuppression['reason'], readonly { readonly emailAddress: string }[]] {
  if (feedback.eventType === 'Complaint') return ['complained', feedback.complaint.complainedRecipients];
  const { bounceType, bouncedRecipients } = feedback.bounce;
  return ['bounced', bounceType === 'Permanent' ? bouncedRecipients : []];
}

async function suppress(
  { dynamoDb, mailboxTableName, clock }: SuppressAddressesDeps,
  email: string,
  reason: AddressSuppression['reason'],
): Promise<void> {
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
