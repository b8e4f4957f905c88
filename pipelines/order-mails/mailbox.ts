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
    'Nothing: the message comes again when the claim is over, and finds the mail sent or sends it.';
}

/** Who sends a mail, and until when at most. */
export interface MailClaim {
  /** The queue's id of the message. */
  readonly messageId: string;
  /** After it whoever claimed the mail cannot run any more. */
  readonly leaseUntil: Date;
}

/** What a mailbox stands on. */
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
   * Claims the mail of an event.
   *
   * @returns whether it is to be sent; false where that was settled before, or is up to another message, which stays on its
   * queue until it has settled it.
   * @throws MailInProgressError while an earlier claim of the same message lasts: nothing else would bring the mail back.
   */
  async claim(event: OrderNotification, { messageId, leaseUntil }: MailClaim): Promise<boolean> {
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

  /** Notes that SES has taken the mail. It tries for longer than any other write: without the note the mail is sent again. */
  async noteSent(event: OrderNotification, sesMessageId: string): Promise<void> {
    const sent = { state: 'sent', sentAt: instantOf(this.#deps.clock.now()), sesMessageId };
    await withRetry(() => this.#set(event, sent), { policy: NOTE_RETRY });
  }

  /** Notes that there is nobody to send the mail to. */
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
