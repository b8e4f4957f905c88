import {
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type AwsErrorKind, awsErrorKind, isPassingKind, wireCodeKind } from '../aws/aws-errors.ts';
import type { RateLimiter } from '../aws/rate-limiter.ts';
import { RequestBatcher } from '../aws/request-batcher.ts';
import { type RetryPolicy, withRetry } from '../aws/retry.ts';
import { OrderStreamError } from '../errors.ts';
import {
  entryBytes,
  PUBLISH_BYTES_MAX,
  PUBLISH_ENTRIES_MAX,
  topicEntryOf,
} from '../order-events/notification/order-topic.ts';
import type { ReplayedEvent } from './order-history.ts';

/** The most events that a backfill sends in a second. */
export const BACKFILL_RATE_MAX = 1_000;
const REQUESTS_AT_ONCE_MAX = 4;

/** For an event that the queue did not accept: waits of 30 s at most in all, in which a throttle passes. */
const SEND_RETRY: RetryPolicy = { attemptsMax: 10, delayMsBase: 100, delayMsMax: 5_000, budgetMs: 60_000 };

/** The queue did not accept an event, in several attempts where those can help. */
export class SubscriberQueueError extends OrderStreamError {
  readonly code = 'subscriber-queue';
  readonly remedy: string;
  override readonly retryable: boolean;

  /** @param detail the error code of SQS, never its message. */
  constructor(kind: AwsErrorKind, detail: string, options?: ErrorOptions) {
    super(`The queue did not accept an event: ${detail}`, options);
    this.retryable = isPassingKind(kind);
    this.remedy = REMEDIES[kind] ?? 'Run the same command again: it goes on where it stopped.';
  }
}

const AGAIN = 'then run the same command again: it goes on where it stopped.';
const REMEDIES: Readonly<Partial<Record<AwsErrorKind, string>>> = {
  denied: `Grant sqs:SendMessage on the queue, and the use of its KMS key, ${AGAIN}`,
  'not-found': `Check that the queue exists, ${AGAIN}`,
  validation: `Check the queue's MaximumMessageSize, ${AGAIN}`,
};

type Entry = Omit<SendMessageBatchRequestEntry, 'Id'>;
type Result =
  | { readonly status: 'accepted' }
  | { readonly status: 'failed'; readonly error: SubscriberQueueError };

/**
 * A subscriber's standard queue, to which events are sent past the topic, as raw delivery would: the event's JSON as the body, and its
 * message attributes. Events that are sent at the same time share their requests.
 * See https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html.
 */
export class SubscriberQueue {
  readonly #batcher: RequestBatcher<{ readonly entry: Entry; readonly bytes: number }, Result>;
  readonly #schemaBaseUrl: string | undefined;

  /**
   * @param deps.rateLimiter grants a permit for each event of each request, a repeated one too.
   * @param deps.schemaBaseUrl the topic's: an event has one `dataschema`, by whichever way it comes.
   */
  constructor(deps: {
    readonly sqs: SQSClient;
    readonly queueUrl: string;
    readonly rateLimiter: Pick<RateLimiter, 'acquire'>;
    readonly schemaBaseUrl?: string | undefined;
  }) {
    const { sqs, queueUrl, rateLimiter } = deps;
    this.#schemaBaseUrl = deps.schemaBaseUrl;
    this.#batcher = new RequestBatcher({
      send: async (batch, signal) => {
        for (const _ of batch) await rateLimiter.acquire(signal);
        return sendBatch(
          sqs,
          queueUrl,
          batch.map(({ entry }) => entry),
        );
      },
      entriesMax: PUBLISH_ENTRIES_MAX,
      // SQS takes 1 MiB; what SNS could not have delivered is not sent past it either.
      bytesMax: PUBLISH_BYTES_MAX,
      bytesOf: ({ bytes }) => bytes,
      concurrencyMax: REQUESTS_AT_ONCE_MAX,
    });
  }

  /**
   * Resolves once the queue has accepted the event. It may then be there twice: SQS does not say what it did with a request whose
   * response was lost, so the request is repeated. A request that has started ends also after an abort.
   *
   * @throws SubscriberQueueError; the signal's reason when it aborts before the request.
   */
  async send(event: ReplayedEvent, signal: AbortSignal): Promise<void> {
    const { Message, MessageAttributes } = topicEntryOf(event, this.#schemaBaseUrl);
    const bytes = entryBytes({ Message, MessageAttributes });
    const entry = { MessageBody: Message, MessageAttributes };
    const sendOnce = async (): Promise<void> => {
      const result = await this.#batcher.submit({ entry, bytes }, signal);
      if (result.status === 'failed') throw result.error;
    };
    await withRetry(sendOnce, { policy: SEND_RETRY, signal });
  }
}

/** Sends one batch. See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html. */
async function sendBatch(
  sqs: SQSClient,
  queueUrl: string,
  entries: readonly Entry[],
): Promise<readonly Result[]> {
  const command = new SendMessageBatchCommand({
    QueueUrl: queueUrl,
    Entries: entries.map((entry, index) => ({ ...entry, Id: String(index) })),
  });
  const { Successful, Failed } = await sqs.send(command).catch((cause: unknown) => {
    const detail = cause instanceof Error ? cause.name : 'unknown';
    throw new SubscriberQueueError(awsErrorKind(cause), detail, { cause });
  });
  const accepted = new Set(Successful?.map(({ Id }) => Id));
  const codes = new Map(Failed?.map(({ Id, Code }) => [Id, Code]));
  return entries.map((_, index): Result => {
    if (accepted.has(String(index))) return { status: 'accepted' };
    const code = codes.get(String(index));
    const [kind, detail] =
      code === undefined ? (['retryable', 'no result'] as const) : [wireCodeKind(code), code];
    return { status: 'failed', error: new SubscriberQueueError(kind, detail) };
  });
}
