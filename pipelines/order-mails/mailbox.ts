import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { MailEntry, mailEntryKey } from '../../contracts/mailbox/mail-entry.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import { TransientError } from '../core/errors.ts';
import { parseItem } from '../core/read-item.ts';

/** Another invocation has claimed the mail and may be sending it. */
export class MailUnderWayError extends TransientError {
  override readonly code = 'mail-under-way';
  override readonly remedy =
    'Nothing: the message comes again when the claim is over, and finds the mail sent or sends it.';
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
   * Claims the mail of an event until `leaseUntil`, after which whoever claimed it cannot run any more.
   *
   * @returns whether it is to be sent; false where that was settled before.
   * @throws MailUnderWayError while another claim lasts.
   */
  async claim(event: OrderNotification, leaseUntil: Date): Promise<boolean> {
    const { id: eventId, type, time: happenedAt, data } = event;
    const { orderId, status } = data;
    const lease = instantOf(leaseUntil);
    const entry: MailEntry = {
      state: 'sending',
      eventId,
      type,
      orderId,
      status,
      happenedAt,
      leaseUntil: lease,
    };
    try {
      await this.#set(event, entry, {
        condition: 'attribute_not_exists(pk) OR (#state = :state AND #leaseUntil < :now)',
        values: { ':now': instantOf(this.#deps.clock.now()) },
      });
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      if (parseItem(MailEntry, unmarshall(error.Item)).state !== 'sending') return false;
      throw new MailUnderWayError('Another invocation has claimed the mail');
    }
  }

  /** Notes that SES has taken the mail. */
  async noteSent(event: OrderNotification, sesMessageId: string): Promise<void> {
    await this.#set(event, { state: 'sent', sentAt: instantOf(this.#deps.clock.now()), sesMessageId });
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
