import {
  type BatchResultErrorEntry,
  PublishBatchCommand,
  type PublishBatchResponse,
} from '@aws-sdk/client-sns';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { wireCodeKind } from '../core/aws-errors.ts';
import { type OrderStreamError, SinkRefusedError, TransientError } from '../core/errors.ts';
import { RequestBatcher } from '../core/request-batcher.ts';
import { entryBytes, type TopicEntry, topicEntryOf } from './topic-entry.ts';

/** The limits of one request. See https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html. */
export const PUBLISH_ENTRIES_MAX = 10;
export const PUBLISH_BYTES_MAX = 262_144;
const REQUESTS_AT_ONCE_MAX = 4;
const SINK = 'The order topic';

/** What the topic needs of an `SNSClient`. */
export interface BatchPublisher {
  send(
    command: PublishBatchCommand,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<PublishBatchResponse>;
}

interface OrderTopicDeps {
  readonly sns: BatchPublisher;
  readonly topicArn: string;
}

type Published = { readonly status: 'accepted' } | { readonly status: 'failed'; readonly error: unknown };

/** The SNS topic that order events go to. Events that are published at the same time share their requests. */
export class OrderTopic {
  readonly #deps: OrderTopicDeps;
  readonly #batcher = new RequestBatcher<TopicEntry, Published>({
    send: (entries, signal) => this.#publish(entries, signal),
    entriesMax: PUBLISH_ENTRIES_MAX,
    bytesMax: PUBLISH_BYTES_MAX,
    bytesOf: entryBytes,
    concurrencyMax: REQUESTS_AT_ONCE_MAX,
  });

  constructor(deps: OrderTopicDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves once SNS has accepted the event. SNS keeps no memory of ids: subscribers drop duplicates by the event's `id`.
   *
   * @throws SinkRefusedError for an event that SNS calls invalid; TransientError or the SDK's own error for anything else.
   */
  async publish(event: OrderNotification, signal: AbortSignal): Promise<void> {
    const published = await this.#batcher.submit(topicEntryOf(event), signal);
    if (published.status === 'failed') throw published.error;
  }

  // A request that SNS refuses as a whole is no fault of its events, which are checked and small: the topic's ARN or kind is
  // wrong, and that is waited out.
  async #publish(entries: readonly TopicEntry[], abortSignal: AbortSignal): Promise<readonly Published[]> {
    const answer = await this.#deps.sns.send(
      new PublishBatchCommand({
        TopicArn: this.#deps.topicArn,
        PublishBatchRequestEntries: entries.map((entry, index) => ({ ...entry, Id: String(index) })),
      }),
      { abortSignal },
    );
    return publishedOf(answer, entries.length);
  }
}

function publishedOf(answer: PublishBatchResponse, count: number): readonly Published[] {
  const accepted = new Set(answer.Successful?.map(({ Id }) => Id));
  const failed = new Map(answer.Failed?.map((entry) => [entry.Id, entry]));
  return Array.from({ length: count }, (_, index): Published => {
    const id = String(index);
    if (accepted.has(id)) return { status: 'accepted' };
    return { status: 'failed', error: entryError(failed.get(id)) };
  });
}

function entryError(entry: BatchResultErrorEntry | undefined): OrderStreamError {
  if (entry === undefined) return new TransientError(`${SINK} did not answer for the event`);
  const code = entry.Code ?? 'unknown';
  return wireCodeKind(code) === 'validation'
    ? new SinkRefusedError(`${SINK} refused the event: ${code}`)
    : new TransientError(`${SINK} failed to take the event: ${code}`);
}
