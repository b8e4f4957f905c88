/** Where in a notification its contract is broken, and what was expected there. Never the value itself. */
export interface NotificationIssue {
  readonly path: string;
  readonly message: string;
}

/**
 * The root of what `parseNotification` throws: `code` is stable and meant for machines, `remedy` says what a person can
 * do. No message holds a value of the notification, so it can be logged. None passes by itself: give the message to a
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
  readonly remedy = 'Look who else writes to the queue or endpoint: the order topic sends JSON alone.';

  // The reason that JSON.parse gives quotes the text, so it is no cause of this one.
  constructor() {
    super('The body of a notification is not JSON');
  }
}

/** An HTTP endpoint got SNS's question whether it wants the topic at all, or was told that it no longer does. */
export class SubscriptionMessageError extends NotificationError {
  readonly code = 'subscription-message';
  readonly remedy =
    'Confirm the subscription by its SubscribeURL: https://docs.aws.amazon.com/sns/latest/dg/http-subscription-confirmation-json.html.';

  constructor() {
    super('The body is a message about the subscription, and no notification');
  }
}

/** An event that is none, or does not keep the contract of its type. */
export class MalformedNotificationError extends NotificationError {
  readonly code = 'malformed-notification';
  readonly remedy =
    'Compare the event with asyncapi.json as `issues` says; an event of this contract by a newer release is never malformed.';
  readonly issues: readonly NotificationIssue[];

  constructor(issues: readonly NotificationIssue[]) {
    super(`A notification does not keep its contract: ${issues.map(({ path }) => path).join(', ')}`);
    this.issues = issues;
  }
}
