import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import {
  NotificationError,
  type ParsedNotification,
  parseNotification,
} from '../../contracts/subscriber/parse-notification.ts';
import { type RetryPolicy, withRetry } from '../../pipelines/aws/retry.ts';

const MESSAGES_MAX = 10;
const WAIT_SECONDS = 1;
const RECEIVERS = 2;
/** The subscriber waits through an outage of the queue. */
const OUTAGE_POLICY: RetryPolicy = {
  attemptsMax: 1_000,
  delayMsBase: 100,
  delayMsMax: 1_000,
  budgetMs: 300_000,
};

/** What a subscriber needs of a system: SQS, and the names of its queues. */
interface SystemWithQueues {
  readonly clients: { readonly sqs: SQSClient };
  readonly names: Readonly<Record<string, string>>;
}

/**
 * A minimal downstream service. It reads the queue that the topic delivers to (raw delivery), checks each event against the contract and
 * ignores repeats by the event's id. A message that is no event of the contract is received and ignored: the reconciliation finds what
 * the system itself did not deliver.
 */
export class Subscriber {
  readonly #sqs: SQSClient;
  readonly #queueUrl: string;
  readonly #events = new Map<string, OrderNotification>();
  readonly #stopped = new AbortController();
  #received = 0;
  #receivers: Promise<void> = Promise.resolve();

  private constructor({ clients, names }: SystemWithQueues) {
    this.#sqs = clients.sqs;
    this.#queueUrl = names['NotificationsQueue'] ?? '';
  }

  /** Starts to receive what the system's topic delivers; {@link stop} ends it. */
  static start(system: SystemWithQueues): Subscriber {
    const subscriber = new Subscriber(system);
    subscriber.#receivers = Promise.all(Array.from({ length: RECEIVERS }, () => subscriber.#receive())).then(
      () => undefined,
    );
    // `stop` reports an error. Until then nothing awaits it, and an unhandled rejection ends the process.
    subscriber.#receivers.catch(() => undefined);
    return subscriber;
  }

  /** Stops after the current request. Rejects with the error that ended the receiving earlier, if any. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#receivers;
  }

  /** Every received event, once, by its id. */
  get events(): ReadonlyMap<string, OrderNotification> {
    return this.#events;
  }

  /** How many messages were received, including repeats. */
  get received(): number {
    return this.#received;
  }

  async #receive(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const { Messages } = await withRetry(
        () =>
          this.#sqs.send(
            new ReceiveMessageCommand({
              QueueUrl: this.#queueUrl,
              MaxNumberOfMessages: MESSAGES_MAX,
              WaitTimeSeconds: WAIT_SECONDS,
            }),
          ),
        { policy: OUTAGE_POLICY },
      );
      if (Messages !== undefined && Messages.length > 0) await this.#take(Messages);
    }
  }

  async #take(messages: readonly Message[]): Promise<void> {
    for (const { Body } of messages) {
      const event = eventOf(Body);
      if (event !== undefined && event.type !== 'unknown') this.#events.set(event.id, event);
    }
    this.#received += messages.length;
    await withRetry(
      () =>
        this.#sqs.send(
          new DeleteMessageBatchCommand({
            QueueUrl: this.#queueUrl,
            Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
          }),
        ),
      { policy: OUTAGE_POLICY },
    );
  }
}

/** The event, or `undefined` for a message that something else has sent. */
function eventOf(body: unknown): ParsedNotification | undefined {
  try {
    return parseNotification(body);
  } catch (error) {
    if (error instanceof NotificationError) return undefined;
    throw error;
  }
}
