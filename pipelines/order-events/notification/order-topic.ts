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
import { settleAll } from '../../aws/settle-all.ts';
import { namedSinkError, ORDER_TOPIC, SinkUnavailableError, sinkFailureOf } from '../../aws/sink-errors.ts';
import { type OrderStreamError, SinkRefusedError } from '../../errors.ts';
import type { Publications } from '../../operations/publications.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import { eventsOf, type PublisherSettings } from './publishers.ts';

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
/** More than the events of the records that a consumer has in hand. An entry has some 200 bytes. */
const REMEMBERED_MAX = 10_000;

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
  /** Called with the events of a request that SNS has accepted. */
  readonly accepted?: (events: readonly OrderNotification[]) => void;
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
  /** The messages of events that SNS has accepted and whose record failed, by event id. */
  readonly #unrecorded = new Recent<string>();

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
    const results = resultsOf(response, submitted.length);
    this.#deps.accepted?.(
      submitted.flatMap(({ event }, index) => (results[index]?.status === 'accepted' ? [event] : [])),
    );
    return results;
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
      for (const { event, messageId } of published) this.#unrecorded.set(event.id, messageId);
      return results.map((result) => (result.status === 'accepted' ? { status: 'failed', error } : result));
    }
  }
}

/** What is known of the latest 10,000 events, by id. */
class Recent<Value> {
  readonly #values = new Map<string, Value>();

  get(eventId: string): Value | undefined {
    return this.#values.get(eventId);
  }

  set(eventId: string, value: Value): void {
    this.#values.set(eventId, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > REMEMBERED_MAX && oldest !== undefined) this.#values.delete(oldest);
  }

  delete(eventId: string): void {
    this.#values.delete(eventId);
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

/** The topic, and what the publishers are set to. */
export interface OrderNotificationsDeps extends PublisherSettings {
  readonly topic: Pick<OrderTopic, 'publish'>;
  /**
   * Whether a change that comes again is not published again, as in the stream: Lambda delivers all records from the first that failed. A replay
   * publishes again what an operator replays again.
   */
  readonly publishesOnce?: boolean;
}

/** Notifies subscribers of the changes of orders. Idempotent for them: a change delivered again has events with the same ids. */
export class OrderNotifications {
  readonly #deps: OrderNotificationsDeps;
  /** The events that are published, of changes that may come again. */
  readonly #published = new Recent<true>();

  constructor(deps: OrderNotificationsDeps) {
    this.#deps = deps;
  }

  /**
   * Publishes the events of one change, at the same time: one that fails does not stop another. When the change comes again, only those that
   * failed are published, as long as this object remembers the others: the latest 10,000. Where none failed, `publishesOnce` decides.
   *
   * @throws SinkRefusedError for an event that SNS refuses as invalid; SinkUnavailableError while the topic is missing, denies, or does not respond; the SDK's own error otherwise.
   */
  async handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const events = eventsOf(change, this.#deps);
    await settleAll(events.map((event) => this.#publishOnce(event, signal)));
    if (this.#deps.publishesOnce !== true) for (const { id } of events) this.#published.delete(id);
  }

  async #publishOnce(event: OrderNotification, signal: AbortSignal): Promise<void> {
    if (this.#published.get(event.id)) return;
    await this.#deps.topic.publish(event, signal);
    this.#published.set(event.id, true);
  }
}
