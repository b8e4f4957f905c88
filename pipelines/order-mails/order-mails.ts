import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { verifiedAddressKey } from '../../contracts/order-mails/mailbox-items.ts';
import { addressHash } from './address-hash.ts';
import type { MailTokens, Unsubscription } from './mail-tokens.ts';
import { Mailbox } from './mailbox.ts';
import { orderMail } from './order-mail.ts';
import { readMails } from './read-mails.ts';
import { type RecipientDeps, readRecipient, verifiedAddressTtl } from './recipient.ts';
import { EVENT_ID_HEADER, type MailSender, sendMail } from './send-mail.ts';

/** The dependencies of the order mails. */
export interface OrderMailsDeps extends RecipientDeps {
  readonly ses: SESv2Client;
  readonly sender: MailSender;
  readonly tokens: MailTokens;
  /** The URL of the API, for the link that unsubscribes. */
  readonly apiUrl: string;
}

/** The message of an event. */
export interface Delivery {
  readonly messageId: string;
  /** The remaining time of the invocation. */
  readonly remainingMs: number;
}

/** How much longer than its invocation a lease lasts, for clocks that differ, in milliseconds. */
const LEASE_SLACK_MS = 5_000;

/**
 * Mails users about their orders, each event once: the lease is taken before the mail is sent, and the result is recorded
 * afterwards. Where an invocation ends, or SES's response is lost, between SES's acceptance and its record, it is unknown
 * whether the mail was sent. It is then sent again after the lease, since a duplicate is better than a missing mail. An event
 * that arrives after a later one of its order is sent too: each reports a fact of its own. The headers let the user
 * unsubscribe by one click, see https://www.rfc-editor.org/rfc/rfc8058.
 */
export class OrderMails {
  readonly #deps: OrderMailsDeps;
  readonly #mailbox: Mailbox;

  constructor(deps: OrderMailsDeps) {
    this.#deps = deps;
    this.#mailbox = new Mailbox({ ...deps, tableName: deps.mailboxTableName });
  }

  /**
   * Sends the mail of the event in one message of the queue, unless that was done before, also for another event of the same status, or must not
   * be: see `SuppressionReason`.
   *
   * @throws MailInProgressError while another delivery of the message may be sending it; ContractViolationError for a user who
   * violates the contract; SinkRefusedError or the SDK's own error where the mail or the mailbox fails.
   */
  async handle(event: OrderNotification, { messageId, remainingMs }: Delivery): Promise<void> {
    const { ses, sender, clock, tokens, apiUrl } = this.#deps;
    const leaseUntil = new Date(clock.now().getTime() + remainingMs + LEASE_SLACK_MS);
    if (await this.#isReported(event)) return;
    const recipient = await readRecipient(this.#deps, event.data.userId);
    if (recipient.state !== 'recipient') return this.#mailbox.noteUnsent(event, recipient);
    const claim = await this.#mailbox.claim(event, { messageId, leaseUntil });
    if (claim === 'done') return;
    if (claim === 'daily-limit')
      return this.#mailbox.noteUnsent(event, { state: 'suppressed', reason: 'daily-limit' });
    const unsubscription = { userId: event.data.userId, addressHash: addressHash(recipient.email) };
    const link = `${apiUrl}/unsubscribe?token=${await tokens.sealUnsubscribe(unsubscription)}`;
    const headers = {
      [EVENT_ID_HEADER]: event.id,
      'List-Unsubscribe': `<${link}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    };
    const mail = { ...orderMail(event), ...sender, to: recipient.email, headers };
    await this.#mailbox.noteSent(event, await sendMail(ses, mail));
    await this.#renew(unsubscription);
  }

  /**
   * Whether the mailbox has a mail of another event about this status of the order. An order has each status once. The fix of a malformed order, and a replay
   * from the table, publish its status again as a later version: they know no previous status.
   */
  async #isReported({ id, data }: OrderNotification): Promise<boolean> {
    if ('previousStatus' in data && data.previousStatus !== undefined) return false;
    const mails = await readMails(this.#deps, data);
    return [...mails.values()].some(({ eventId, status }) => eventId !== id && status === data.status);
  }

  /** Keeps a verified address for longer since a mail went there, unless the user has deleted or changed it. */
  async #renew({ userId, addressHash: hash }: Unsubscription): Promise<void> {
    const { dynamoDb, mailboxTableName, clock } = this.#deps;
    try {
      await dynamoDb.send(
        new UpdateItemCommand({
          TableName: mailboxTableName,
          Key: marshall(verifiedAddressKey(userId)),
          UpdateExpression: 'SET #ttl = :ttl',
          ConditionExpression: 'addressHash = :hash',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: marshall({ ':ttl': verifiedAddressTtl(clock.now()), ':hash': hash }),
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }
}
