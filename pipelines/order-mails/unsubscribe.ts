import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { UnsubscribedView } from '../../contracts/api/email-verification.ts';
import { endedMailsKey, verifiedAddressKey } from '../../contracts/order-mails/mailbox-items.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';
import { InvalidRequestError } from '../request-errors.ts';
import { type MailTokens, VERIFICATION_LIFE_SECONDS } from './mail-tokens.ts';

/** The token is not of the link of an order mail, or the mail is old. */
export class InvalidUnsubscribeError extends InvalidRequestError {
  override readonly code = 'invalid-unsubscribe-token';
  override readonly remedy = 'Use the link of a newer mail.';

  constructor() {
    super('The link is not valid.', [
      { in: 'query', field: 'token', message: 'must be of the link of an order mail, at most 90 days old' },
    ]);
  }
}

/** What unsubscribing needs. */
export interface UnsubscribeDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly mailboxTableName: string;
  readonly tokens: MailTokens;
  readonly clock: Clock;
}

/**
 * Ends the order mails of a user to the address of the link's mail, until the user verifies an address again by a code that is asked for
 * later. It ends no mails of a user who has verified another address since. Repeating it renews only its time.
 * See https://www.rfc-editor.org/rfc/rfc8058.
 *
 * @throws InvalidUnsubscribeError.
 */
export async function unsubscribe(
  { dynamoDb, mailboxTableName, tokens, clock }: UnsubscribeDeps,
  { token }: { readonly token: string },
): Promise<UnsubscribedView> {
  const unsubscription = await tokens.openUnsubscribe(token);
  if (unsubscription === undefined) throw new InvalidUnsubscribeError();
  const { userId, addressHash } = unsubscription;
  const now = clock.now();
  // First, so that after a failure in between no older code verifies the address again.
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: mailboxTableName,
      Key: marshall(endedMailsKey(userId, addressHash)),
      UpdateExpression: 'SET unsubscribedAt = :now, #ttl = :ttl',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: marshall({
        ':now': instantOf(now),
        ':ttl': Math.floor(now.getTime() / MS_PER_SECOND) + VERIFICATION_LIFE_SECONDS,
      }),
    }),
  );
  try {
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: mailboxTableName,
        Key: marshall(verifiedAddressKey(userId)),
        UpdateExpression: 'SET unsubscribedAt = :now',
        ConditionExpression: 'addressHash = :hash',
        ExpressionAttributeValues: marshall({ ':now': instantOf(now), ':hash': addressHash }),
      }),
    );
  } catch (error) {
    // No mails go to this address, so that there are none to end.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
  return { state: 'unsubscribed' };
}
