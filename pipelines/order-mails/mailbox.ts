import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { MailEntry, mailEntryKey, type SuppressionReason } from '../../contracts/order-mails/mail-entry.ts';
import { userDayKey } from '../../contracts/order-mails/mailbox-items.ts';
import { type RetryPolicy, withRetry } from '../aws/retry.ts';
import { type Clock, instantOf } from '../clock.ts';
import { ConditionsFailedError, commit, putNew } from '../dynamodb/commit.ts';
import { retryOnConflict } from '../dynamodb/optimistic-lock.ts';
import { parseItem } from '../dynamodb/read-items.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { TransientError } from '../errors.ts';
import { countOne, dayOf, ORDER_MAILS_PER_DAY_MAX } from './daily-bounds.ts';

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

/** Whether a mail is to be sent. */
export type Claim = 'claimed' | 'done' | 'daily-limit';

/** Why a mail is not sent. */
export type UnsentState =
  | { readonly state: 'no-recipient' }
  | { readonly state: 'suppressed'; readonly reason: SuppressionReason };

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
   * Takes the lease for the mail of an event, and counts the mail for its user and day in the same write.
   *
   * @returns `claimed` to send it; `done` where that was done already, or where another message has the lease, which stays on its
   * queue until the mail is done; `daily-limit` where the user has had {@link ORDER_MAILS_PER_DAY_MAX} mails today.
   * @throws MailInProgressError while an earlier lease of the same message lasts: only its next delivery completes the mail.
   */
  async claim(event: OrderNotification, { messageId, leaseUntil }: MailLease): Promise<Claim> {
    const { dynamoDb, tableName, clock } = this.#deps;
    const now = clock.now();
    const lease = { state: 'sending', claimedBy: messageId, leaseUntil: instantOf(leaseUntil) };
    const key = userDayKey(event.data.userId, dayOf(now));
    const counted = { tableName, key, counter: 'orderMails', max: ORDER_MAILS_PER_DAY_MAX, now } as const;
    const entry = { ...mailEntryKey(event), ...factsOf(event), ...lease };
    try {
      await retryOnConflict(() => commit(dynamoDb, [putNew(tableName, entry), countOne(counted)]));
      return 'claimed';
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      if (!error.failedActions.has(0)) return 'daily-limit';
      const earlier = parseItem(MailEntry, error.itemFoundBy(0));
      if (earlier.state === 'sending' && earlier.leaseUntil < instantOf(now))
        return this.#claimAgain(event, lease);
      return afterEarlier(earlier, messageId);
    }
  }

  /** Takes a lease that has run out. The mail is counted already. */
  async #claimAgain(
    event: OrderNotification,
    lease: { readonly state: string; readonly claimedBy: string; readonly leaseUntil: string },
  ): Promise<Claim> {
    try {
      await this.#set(event, lease, IF_LEASE_RAN_OUT);
      return 'claimed';
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      return afterEarlier(parseItem(MailEntry, unmarshal(error.Item)), lease.claimedBy);
    }
  }

  /** Records that SES has accepted the mail. It retries for longer than any other write: without the record the mail is sent again. */
  async noteSent(event: OrderNotification, sesMessageId: string): Promise<void> {
    const sent = { state: 'sent', sentAt: instantOf(this.#deps.clock.now()), sesMessageId };
    await withRetry(() => this.#set(event, sent, 'attribute_exists(pk)'), { policy: NOTE_RETRY });
  }

  /** Records that the mail has no recipient, or must not be sent; not where it is sent or a message has the lease. */
  async noteUnsent(event: OrderNotification, unsent: UnsentState): Promise<void> {
    try {
      const condition = `attribute_not_exists(pk) OR (${IF_LEASE_RAN_OUT})`;
      await this.#set(event, { ...factsOf(event), ...unsent }, condition);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  async #set(
    event: OrderNotification,
    attributes: Readonly<Record<string, string>>,
    condition: string,
  ): Promise<void> {
    const { dynamoDb, tableName, clock } = this.#deps;
    const names = Object.keys(attributes);
    const isLeaseRead = condition.includes(IF_LEASE_RAN_OUT);
    await dynamoDb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: marshall(mailEntryKey(event)),
        UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
        ConditionExpression: condition,
        ExpressionAttributeNames: Object.fromEntries(
          [...new Set([...names, ...(isLeaseRead ? ['state', 'leaseUntil'] : [])])].map((name) => [
            `#${name}`,
            name,
          ]),
        ),
        ExpressionAttributeValues: marshall({
          ...Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])),
          ...(isLeaseRead ? { ':sending': 'sending', ':now': instantOf(clock.now()) } : {}),
        }),
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
  }
}

const IF_LEASE_RAN_OUT = '#state = :sending AND #leaseUntil < :now';

/** What an entry says of its event. */
const factsOf = ({ id: eventId, type, time: happenedAt, data: { orderId, status } }: OrderNotification) => ({
  eventId,
  type,
  orderId,
  status,
  happenedAt,
});

/** What a message has to do about a mail that is done or leased. @throws MailInProgressError */
function afterEarlier(earlier: MailEntry, messageId: string): 'done' {
  if (earlier.state === 'sending' && earlier.claimedBy === messageId)
    throw new MailInProgressError('An earlier delivery of the message may be sending the mail');
  return 'done';
}
