import * as z from 'zod';
import { NotificationType, OrderNotification, OrderPlaced } from '../events/order-notification.ts';
import { type FieldIssue, read } from '../reading.ts';

/**
 * The root of what `parseNotification` throws: `code` is stable and meant for machines, `remedy` says what a person can
 * do. No message holds a value of the notification, so it can be logged. A retry fixes none of them: send the message to a
 * dead-letter queue.
 */
export abstract class NotificationError extends Error {
  abstract readonly code: string;
  abstract readonly remedy: string;

  /** The code: a class's own name does not survive a minified bundle. */
  override get name(): string {
    return this.code;
  }
}

/** The body, or the `Message` of SNS's envelope, is no JSON. */
export class NotificationNotJsonError extends NotificationError {
  readonly code = 'notification-not-json';
  readonly remedy = 'Find out what else writes to the queue or endpoint: the order topic sends only JSON.';

  // JSON.parse's error quotes the text, so it is not set as the cause.
  constructor() {
    super('The body of a notification is not JSON');
  }
}

/** Whether SNS asks to confirm a subscription, or says that it has ended. */
export type SubscriptionMessageKind = 'confirmation' | 'ended';

const SUBSCRIPTION_MESSAGES = {
  confirmation: {
    message: 'The body asks to confirm the subscription, and is no notification',
    remedy:
      'Confirm the subscription by its SubscribeURL: https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html.',
  },
  ended: {
    message: 'The body says that the subscription has ended, and is no notification',
    remedy:
      'Do nothing. A request to its SubscribeURL would restore the subscription: https://docs.aws.amazon.com/sns/latest/dg/http-unsubscribe-confirmation-json.html.',
  },
} as const satisfies Readonly<Record<SubscriptionMessageKind, object>>;

/** An HTTP endpoint received SNS's request to confirm the subscription, or its notice that the subscription ended. */
export class SubscriptionMessageError extends NotificationError {
  readonly code = 'subscription-message';
  readonly kind: SubscriptionMessageKind;
  readonly remedy: string;

  constructor(kind: SubscriptionMessageKind) {
    const { message, remedy } = SUBSCRIPTION_MESSAGES[kind];
    super(message);
    this.kind = kind;
    this.remedy = remedy;
  }
}

/** The body is no event, or violates the contract of its type. */
export class MalformedNotificationError extends NotificationError {
  readonly code = 'malformed-notification';
  readonly remedy =
    'Compare the event with asyncapi.json at the fields in `issues`. An event of this contract from a newer release is never malformed.';
  readonly issues: readonly FieldIssue[];

  constructor(issues: readonly FieldIssue[]) {
    super(`A notification violates its contract: ${issues.map(({ path }) => path).join(', ')}`);
    this.issues = issues;
  }
}

/** An event of a type that this release does not know. It is no error: later releases add types. Ignore it. */
export interface UnknownNotification {
  readonly type: 'unknown';
  /** The type of the event. */
  readonly unknownType: string;
  readonly id: string;
}

/** What `parseNotification` returns, distinguished by `type`. */
export type ParsedNotification = OrderNotification | UnknownNotification;

/** See https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html. */
const Envelope = z.discriminatedUnion('Type', [
  z.object({ Type: z.literal('Notification'), Message: z.string() }),
  z.object({ Type: z.enum(['SubscriptionConfirmation', 'UnsubscribeConfirmation']) }),
]);

/** The members that every event of this topic has. */
const AnyEvent = OrderPlaced.pick({ specversion: true, id: true, source: true }).extend({
  type: z.string().min(1),
});

/**
 * Reads one message of the order topic: `body` is an SQS message's `Body`, a Lambda record's `body` or `Sns`, or the body
 * of a request by SNS, as text or parsed; with raw delivery or without. Members and types that this release does not know
 * are no error: such members are discarded, such types come as `unknown`.
 *
 * @throws NotificationNotJsonError; SubscriptionMessageError; MalformedNotificationError. A retry fixes none of them.
 */
export function parseNotification(body: unknown): ParsedNotification {
  const event = unwrapped(jsonOf(body));
  const { type, id } = valid(AnyEvent, event);
  return read(NotificationType, type).success
    ? valid(OrderNotification, event)
    : { type: 'unknown', unknownType: type, id };
}

function unwrapped(body: unknown): unknown {
  const envelope = read(Envelope, body).data;
  if (envelope === undefined) return body;
  switch (envelope.Type) {
    case 'SubscriptionConfirmation':
      throw new SubscriptionMessageError('confirmation');
    case 'UnsubscribeConfirmation':
      throw new SubscriptionMessageError('ended');
    case 'Notification':
      return jsonOf(envelope.Message);
  }
}

function jsonOf(body: unknown): unknown {
  if (typeof body !== 'string') return body;
  try {
    return JSON.parse(body);
  } catch {
    throw new NotificationNotJsonError();
  }
}

function valid<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = read(schema, value);
  if (parsed.success) return parsed.data;
  throw new MalformedNotificationError(
    parsed.error.issues.map(({ path, message }) => ({
      path: ['event', ...path.map(String)].join('.'),
      message,
    })),
  );
}
