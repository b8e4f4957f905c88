import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SESv2Client } from '@aws-sdk/client-sesv2';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import type { Clock } from '../clock.ts';
import { Mailbox } from './mailbox.ts';
import { orderMail } from './order-mail.ts';
import { readRecipient } from './recipient.ts';
import { sendMail } from './send-mail.ts';

/** The dependencies of the order mails. */
export interface OrderMailsDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly ses: SESv2Client;
  /** The table of users. */
  readonly tableName: string;
  readonly mailboxTableName: string;
  /** The sender's address. */
  readonly from: string;
  readonly clock: Clock;
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
 * that arrives after a later one of its order is sent too: each reports a fact of its own.
 */
export class OrderMails {
  readonly #deps: OrderMailsDeps;
  readonly #mailbox: Mailbox;

  constructor(deps: OrderMailsDeps) {
    this.#deps = deps;
    this.#mailbox = new Mailbox({ ...deps, tableName: deps.mailboxTableName });
  }

  /**
   * Sends the mail of the event in one message of the queue, unless that was done before.
   *
   * @throws MailInProgressError while another delivery of the message may be sending it; ContractViolationError for a user who
   * violates the contract; SinkRefusedError or the SDK's own error where the mail or the mailbox fails.
   */
  async handle(event: OrderNotification, { messageId, remainingMs }: Delivery): Promise<void> {
    const { ses, from, clock } = this.#deps;
    const leaseUntil = new Date(clock.now().getTime() + remainingMs + LEASE_SLACK_MS);
    if (!(await this.#mailbox.claim(event, { messageId, leaseUntil }))) return;
    const recipient = await readRecipient(this.#deps, event.data.userId);
    if (recipient === undefined) return this.#mailbox.noteNoRecipient(event);
    const mail = { ...orderMail(event, recipient.name), eventId: event.id, from, to: recipient.email };
    await this.#mailbox.noteSent(event, await sendMail(ses, mail));
  }
}
