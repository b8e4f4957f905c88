import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { MailEntry, mailEntryKey } from '../../contracts/order-mails/mail-entry.ts';
import { type RetryPolicy, withRetry } from '../aws/retry.ts';
import { type Clock, instantOf } from '../clock.ts';
import { parseItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { TransientError } from '../errors.ts';

const NOTE_RETRY: RetryPolicy = { attemptsMax: 6, delayMsBase: 100, delayMsMax: 2_000, budgetMs: 10_000 };

/** The same message was delivered twice at once, and the other delivery may be sending the mail. */
export class MailInProgressError extends TransientError {
  override readonly code = 'mail-in-progress';
  override readonly remedy =
    'None: SQS delivers the message again after the lease, and the mail is then sent if it was not.';
}

/** The lease for sending a mail: its holder, and its end. */
export interface MailLease {
  /** The queue's id of the message. */
  readonly messageId: string;
  /** After it the holder of the lease no longer runs. */
  readonly leaseUntil: Date;
}

/** The dependencies of a mailbox. */
export interface MailboxDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

/** Every user's mailbox: which mails were sent, and which are about to be. */
export class Mailbox {
  readonly #deps: MailboxDeps;

  constructor(deps: MailboxDeps) {
    this.#deps = deps;
  }

  /**
   * Takes the lease for the mail of an event.
   *
   * @returns whether to send it; false where it is done already, or where another message has the lease, which stays on its
   * queue until the mail is done.
   * @throws MailInProgressError while an earlier lease of the same message lasts: only its next delivery completes the mail.
   */
  async claim(event: OrderNotification, { messageId, leaseUntil }: MailLease): Promise<boolean> {
    const { id: eventId, type, time: happenedAt, data } = event;
    const { orderId, status } = data;
    const entry: MailEntry = {
      state: 'sending',
      eventId,
      type,
      orderId,
      status,
      happenedAt,
      claimedBy: messageId,
      leaseUntil: instantOf(leaseUntil),
    };
    try {
      await this.#set(event, entry, {
        condition: 'attribute_not_exists(pk) OR (#state = :state AND #leaseUntil < :now)',
        values: { ':now': instantOf(this.#deps.clock.now()) },
      });
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      const earlier = parseItem(MailEntry, unmarshal(error.Item));
      if (earlier.state !== 'sending' || earlier.claimedBy !== messageId) return false;
      throw new MailInProgressError('An earlier delivery of the message may be sending the mail');
    }
  }

  /** Records that SES has accepted the mail. It retries for longer than any other write: without the record the mail is sent again. */
  async noteSent(event: OrderNotification, sesMessageId: string): Promise<void> {
    const sent = { state: 'sent', sentAt: instantOf(this.#deps.clock.now()), sesMessageId };
    await withRetry(() => this.#set(event, sent), { policy: NOTE_RETRY });
  }

  /** Records that the mail has no recipient. */
  async noteNoRecipient(event: OrderNotification): Promise<void> {
    await this.#set(event, { state: 'no-recipient' });
  }

  async #set(
    event: OrderNotification,
    attributes: Readonly<Record<string, string>>,
    {
      condition,
      values = {},
    }: { readonly condition?: string; readonly values?: Record<string, string> } = {},
  ): Promise<void> {
    const { dynamoDb, tableName } = this.#deps;
    const names = Object.keys(attributes);
    const assignments = names.map((name) => `#${name} = :${name}`).join(', ');
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: marshall(mailEntryKey(event)),
        UpdateExpression: `SET ${assignments}`,
        ConditionExpression: condition ?? 'attribute_exists(pk)',
        ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
        ExpressionAttributeValues: marshall({
          ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`:${name}`, value])),
          ...values,
        }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  }
}
