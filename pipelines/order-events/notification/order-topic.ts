import {
  type BatchResultErrorEntry,
  type MessageAttributeValue,
  PublishBatchCommand,
  type PublishBatchRequestEntry,
  type PublishBatchResponse,
} from '@aws-sdk/client-sns';
import { dataSchemaOf, type OrderNotification } from '../../../contracts/events/order-notification.ts';
import { wireCodeKind } from '../../aws/aws-errors.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { namedSinkError, ORDER_TOPIC, SinkUnavailableError, sinkFailureOf } from '../../aws/sink-errors.ts';
import { type OrderStreamError, SinkRefusedError } from '../../errors.ts';
import type { Publications } from '../../operations/publications.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import { notificationOf } from './order-notification.ts';

/** One event as `PublishBatch` takes it, but for the entry's id, which is its place in a batch. */
type TopicEntry = Omit<PublishBatchRequestEntry, 'Id'> & {
  readonly Message: string;
  readonly MessageAttributes: Readonly<Record<string, TextAttribute>>;
};

interface TextAttribute extends MessageAttributeValue {
  readonly DataType: 'String';
  readonly StringValue: string;
}

const text = (value: string): TextAttribute => ({ DataType: 'String', StringValue: value });

/**
 * An event as an SNS message: CloudEvents' structured mode in JSON, with `type`, `status` and `currency` as message attributes
 * for filter policies. See https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html.
 *
 * @param schemaBaseUrl The base of the URL of the event's schema; see `dataSchemaOf`.
 */
export const topicEntryOf = (event: OrderNotification, schemaBaseUrl?: string): TopicEntry => ({
  Message: JSON.stringify({ ...event, dataschema: dataSchemaOf(event.type, schemaBaseUrl) }),
  MessageAttributes: {
    type: text(event.type),
    status: text(event.data.status),
    currency: text(event.data.currency),
  },
});

/** The size of an entry for the limit of a request: its body and its attributes' names, types and values, in UTF-8 bytes. */
export function entryBytes(entry: TopicEntry): number {
  const attributes = Object.entries(entry.MessageAttributes).map(
    ([name, { DataType, StringValue }]) => `${name}${DataType}${StringValue}`,
  );
  return Buffer.byteLength(entry.Message) + Buffer.byteLength(attributes.join(''));
}

/** The limits of one request. See https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html. */
export const PUBLISH_ENTRIES_MAX = 10;
export const PUBLISH_BYTES_MAX = 262_144;
const REQUESTS_AT_ONCE_MAX = 4;
/** More than the records that a consumer has in hand while their events are not recorded. An entry has some 200 bytes. */
const UNRECORDED_MAX = 10_000;

/** The `SNSClient` methods that the topic uses. */
export interface BatchPublisher {
  send(
    command: PublishBatchCommand,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<PublishBatchResponse>;
}

interface OrderTopicDeps {
  readonly sns: BatchPublisher;
  readonly topicArn: string;
  readonly schemaBaseUrl?: string;
  readonly publications: Pick<Publications, 'record'>;
}

/** An event, and what it is for SNS. */
interface Submitted {
  readonly event: OrderNotification;
  readonly entry: TopicEntry;
}

type Result =
  | { readonly status: 'accepted'; readonly messageId: string }
  | { readonly status: 'failed'; readonly error: unknown };

/**
 * The SNS topic that order events go to. Events that are published at the same time share their requests, and those that SNS has
 * accepted of a request are recorded in one, so that nothing is shown as published that is not.
 */
export class OrderTopic {
  readonly #deps: OrderTopicDeps;
  readonly #batcher = new RequestBatcher<Submitted, Result>({
    send: (submitted, signal) => this.#publish(submitted, signal),
    entriesMax: PUBLISH_ENTRIES_MAX,
    bytesMax: PUBLISH_BYTES_MAX,
    bytesOf: ({ entry }) => entryBytes(entry),
    concurrencyMax: REQUESTS_AT_ONCE_MAX,
  });
  /** The messages of events that SNS has accepted and whose record failed, by event id, the oldest first. */
  readonly #unrecorded = new Map<string, string>();

  constructor(deps: OrderTopicDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves once SNS has accepted the event and that is recorded. SNS stores no ids: subscribers discard duplicates by the event's `id`.
   * An event whose record failed is only recorded when it comes again, as long as this object remembers it: of the latest 10,000.
   *
   * @throws SinkRefusedError for an event that SNS refuses as invalid; SinkUnavailableError while the topic or the operations table is missing, denies, or
   * does not respond; the SDK's own error otherwise.
   */
  async publish(event: OrderNotification, signal: AbortSignal): Promise<void> {
    const entry = topicEntryOf(event, this.#deps.schemaBaseUrl);
    const result = await this.#batcher.submit({ event, entry }, signal);
    if (result.status === 'failed') throw result.error;
  }

  async #publish(submitted: readonly Submitted[], signal: AbortSignal): Promise<readonly Result[]> {
    const accepted = submitted.map(({ event }) => this.#unrecorded.get(event.id));
    const unsent = submitted.filter((_, index) => accepted[index] === undefined);
    const sent = (await this.#send(unsent, signal)).values();
    const results = accepted.map((messageId): Result => {
      if (messageId !== undefined) return { status: 'accepted', messageId };
      return sent.next().value ?? { status: 'failed', error: entryError(undefined) };
    });
    return this.#recorded(submitted, results, signal);
  }

  // A request that SNS refuses completely is not caused by its events, which are checked and small: the topic's ARN or kind is
  // wrong, and the records are retried until it is fixed.
  async #send(submitted: readonly Submitted[], abortSignal: AbortSignal): Promise<readonly Result[]> {
    if (submitted.length === 0) return [];
    const response = await this.#deps.sns
      .send(
        new PublishBatchCommand({
          TopicArn: this.#deps.topicArn,
          PublishBatchRequestEntries: submitted.map(({ entry }, index) => ({ ...entry, Id: String(index) })),
        }),
        { abortSignal },
      )
      .catch((error: unknown) => {
        throw namedSinkError(error, ORDER_TOPIC);
      });
    return resultsOf(response, submitted.length);
  }

  /** The results once what was accepted is recorded; without its record it has failed, and is only recorded the next time. */
  async #recorded(
    submitted: readonly Submitted[],
    results: readonly Result[],
    signal: AbortSignal,
  ): Promise<readonly Result[]> {
    const published = submitted.flatMap(({ event }, index) => {
      const result = results[index];
      return result?.status === 'accepted' ? [{ event, messageId: result.messageId }] : [];
    });
    try {
      await this.#deps.publications.record(published, signal);
      for (const { event } of published) this.#unrecorded.delete(event.id);
      return results;
    } catch (error) {
      for (const { event, messageId } of published) this.#remember(event.id, messageId);
      return results.map((result) => (result.status === 'accepted' ? { status: 'failed', error } : result));
    }
  }

  #remember(eventId: string, messageId: string): void {
    this.#unrecorded.set(eventId, messageId);
    const [oldest] = this.#unrecorded.keys();
    if (this.#unrecorded.size > UNRECORDED_MAX && oldest !== undefined) this.#unrecorded.delete(oldest);
  }
}

function resultsOf(response: PublishBatchResponse, count: number): readonly Result[] {
  const accepted = new Map(response.Successful?.map(({ Id, MessageId = '' }) => [Id, MessageId]));
  const failed = new Map(response.Failed?.map((entry) => [entry.Id, entry]));
  return Array.from({ length: count }, (_, index): Result => {
    const id = String(index);
    const messageId = accepted.get(id);
    if (messageId !== undefined) return { status: 'accepted', messageId };
    return { status: 'failed', error: entryError(failed.get(id)) };
  });
}

function entryError(entry: BatchResultErrorEntry | undefined): OrderStreamError {
  if (entry === undefined) return new SinkUnavailableError(ORDER_TOPIC, 'failing', 'no result for the event');
  const code = entry.Code ?? 'unknown';
  const kind = wireCodeKind(code);
  if (kind === 'validation') return new SinkRefusedError(`${ORDER_TOPIC.name} refused the event: ${code}`);
  return new SinkUnavailableError(ORDER_TOPIC, sinkFailureOf(kind, true) ?? 'failing', code);
}

/** Notifies subscribers of the changes of orders. Idempotent for them: a change delivered again has the same event id. */
export class OrderNotifications {
  readonly #topic: Pick<OrderTopic, 'publish'>;

  constructor(deps: { readonly topic: Pick<OrderTopic, 'publish'> }) {
    this.#topic = deps.topic;
  }

  /**
   * Publishes the event of one change, if it has one.
   *
   * @throws SinkRefusedError for an event that SNS refuses as invalid; SinkUnavailableError while the topic is missing, denies, or does not respond; the SDK's own error otherwise.
   */
  async handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const event = notificationOf(change);
    if (event !== undefined) await this.#topic.publish(event, signal);
  }
}
