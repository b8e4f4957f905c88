import type { DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import type { ConsumerDeadLetter } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { Instant } from '../../../contracts/ids.ts';
import { read } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { instantOf } from '../../clock.ts';
import { clipped, type DeadLetterEntry } from '../../operations/dead-letter-entry.ts';
import { NAME_LENGTH_MAX, recordEntity, recordEntry } from '../../stream/record-facts.ts';
import type { Contents, DeadLetter, Unparsed } from './dead-letter.ts';

/** What a dead letter is, without what is in it. */
export interface MessageSummary {
  /** The same through every replay. */
  readonly id: DeadLetterId;
  readonly messageId: string;
  readonly consumer: ConsumerName | undefined;
  readonly kind: 'record' | 'batch' | 'pointers' | 'test-event' | 'unreadable';
  /** The code of the consumer's reason, Lambda's condition, or what makes it unreadable. */
  readonly reason: string;
  /** The types of the items that its records are of, as far as the message shows. */
  readonly entities: readonly string[];
  /** How many records it represents. */
  readonly records: number;
  readonly attempts: number;
  readonly receives: number;
  readonly firstSeenAt: string;
  /** When its records last failed, where the message says so. */
  readonly failedAt: string | undefined;
}

const FIRST_ATTEMPT = 1;
const ENTITIES_MAX = 20;

/** Summarises a dead letter. */
export function messageSummary({
  id,
  message,
  consumer,
  contents,
}: DeadLetter<Contents | Unparsed>): MessageSummary {
  const { messageId, receives, notes, sentAt } = message;
  const attempts = notes.attempts ?? FIRST_ATTEMPT;
  const common = { id, messageId, consumer, receives };
  const ofDeadLetter = (deadLetter: ConsumerDeadLetter, entities: readonly string[]): MessageSummary => ({
    ...common,
    kind: 'record',
    reason: clipped(deadLetter.reason.code, NAME_LENGTH_MAX),
    entities,
    records: 1,
    attempts: deadLetter.attempts,
    firstSeenAt: deadLetter.firstSeenAt,
    failedAt: deadLetter.deadLetteredAt,
  });
  if (contents.kind === 'record') return ofDeadLetter(contents.deadLetter, entitiesOf([contents.record]));
  if (contents.kind === 'unparsed' && contents.deadLetter !== undefined)
    return ofDeadLetter(contents.deadLetter, []);
  return { ...common, ...summaryOf(contents, sentAt.toISOString()), attempts, failedAt: notes.failedAt };
}

function summaryOf(
  contents: Exclude<Contents, { kind: 'record' }> | Unparsed,
  sentAt: string,
): Pick<MessageSummary, 'kind' | 'reason' | 'entities' | 'records' | 'firstSeenAt'> {
  const nothing = { entities: [], records: 0, firstSeenAt: sentAt };
  if (contents.kind === 'test-event') return { kind: 'test-event', reason: 's3:TestEvent', ...nothing };
  if (contents.kind === 'unreadable') return { kind: 'unreadable', reason: contents.issue, ...nothing };
  if (contents.kind === 'unparsed') return { kind: 'batch', reason: 'in the bucket', ...nothing };
  const { batches } = contents;
  const [first] = batches;
  return {
    kind: batches.every(({ payload }) => payload !== undefined) ? 'batch' : 'pointers',
    reason: clipped(first?.failure.requestContext.condition ?? '', NAME_LENGTH_MAX),
    entities: entitiesOf(batches.flatMap(({ payload }) => payload?.records ?? [])),
    records: batches.reduce(
      (sum, { failure, payload }) => sum + (payload?.records.length ?? failure.DDBStreamBatchInfo.batchSize),
      0,
    ),
    firstSeenAt: clipped(first?.failure.timestamp ?? sentAt, NAME_LENGTH_MAX),
  };
}

const entitiesOf = (records: readonly unknown[]): readonly string[] =>
  [...new Set(records.map(recordEntity))].toSorted().slice(0, ENTITIES_MAX);

/**
 * What the store keeps of a dead letter. One that names no consumer is unreadable, and is listed with that whose bucket or function it names,
 * or else with order-events: EventBridge puts such notices on the parking queue, and each must be found and purged.
 */
export function messageEntry(deadLetter: DeadLetter<Contents | Unparsed>): DeadLetterEntry {
  const { sentAt } = deadLetter.message;
  return { ...entryOf(deadLetter), ...(sentAt.getTime() > 0 && { sentAt: instantOf(sentAt) }) };
}

function entryOf(deadLetter: DeadLetter<Contents | Unparsed>): DeadLetterEntry {
  const { id, consumer, message, contents } = deadLetter;
  if (consumer === undefined) return foreignEntry(deadLetter);
  if (contents.kind === 'record')
    return recordEntry(id, { ...contents.deadLetter, consumer }, contents.record);
  if (contents.kind === 'unparsed' && contents.deadLetter !== undefined)
    return recordEntry(id, { ...contents.deadLetter, consumer }, undefined);
  const { kind, reason, entities, records, attempts, firstSeenAt } = messageSummary(deadLetter);
  const sentAt = instantOf(message.sentAt);
  return {
    id,
    consumer,
    kind,
    reason:
      kind === 'unreadable'
        ? { code: kind, message: reason, issues: [] }
        : { code: reason, message: BATCH_MESSAGES[kind], issues: [] },
    entity: entities[0] ?? 'unknown',
    records,
    attempts,
    firstSeenAt: read(Instant, firstSeenAt).data ?? sentAt,
    failedAt: message.notes.failedAt ?? sentAt,
  };
}

/** Buckets and functions are named after their consumer. */
const OF_SEARCH_INDEX = /search-?index/i;

function foreignEntry(deadLetter: DeadLetter<Contents | Unparsed>): DeadLetterEntry {
  const { id, message, contents } = deadLetter;
  const at = instantOf(message.sentAt);
  const issue = contents.kind === 'unreadable' ? contents.issue : 'The message names no consumer';
  return {
    id,
    consumer: OF_SEARCH_INDEX.test(message.body) ? 'search-index' : 'order-events',
    kind: 'unreadable',
    reason: { code: 'unreadable', message: issue, issues: [] },
    entity: 'unknown',
    records: 0,
    attempts: message.notes.attempts ?? FIRST_ATTEMPT,
    firstSeenAt: at,
    failedAt: message.notes.failedAt ?? at,
  };
}

const BATCH_MESSAGES = {
  record: '',
  batch: 'Lambda gave up the batch',
  pointers: 'Lambda gave up the batch, and sent pointers into the stream',
  'test-event': 'S3 checked that it may notify the queue',
};
