import * as z from 'zod';
import type { ConsumerDeadLetter } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import { parseKey } from '../../../contracts/entities/entities.ts';
import { read } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { Contents, DeadLetter, Unparsed } from './dead-letter.ts';
import { recordKey } from './record-key.ts';

/** What a dead letter is, without what is in it. */
export interface MessageSummary {
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
/** A code or a type has a few words. Another text in a message must not fill the list. */
const NAME_LENGTH_MAX = 200;
const ENTITIES_MAX = 20;
const Typed = z.object({
  dynamodb: z.object({
    NewImage: z
      .object({ entityType: z.object({ S: z.string() }) })
      .optional()
      .catch(undefined),
    OldImage: z
      .object({ entityType: z.object({ S: z.string() }) })
      .optional()
      .catch(undefined),
  }),
});

/** Summarises a dead letter. */
export function messageSummary({
  message,
  consumer,
  contents,
}: DeadLetter<Contents | Unparsed>): MessageSummary {
  const { messageId, receives, notes, sentAt } = message;
  const attempts = notes.attempts ?? FIRST_ATTEMPT;
  const common = { messageId, consumer, receives };
  const ofDeadLetter = (deadLetter: ConsumerDeadLetter, entities: readonly string[]): MessageSummary => ({
    ...common,
    kind: 'record',
    reason: clipped(deadLetter.reason.code),
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
    reason: clipped(first?.failure.requestContext.condition ?? ''),
    entities: entitiesOf(batches.flatMap(({ payload }) => payload?.records ?? [])),
    records: batches.reduce(
      (sum, { failure, payload }) => sum + (payload?.records.length ?? failure.DDBStreamBatchInfo.batchSize),
      0,
    ),
    firstSeenAt: clipped(first?.failure.timestamp ?? sentAt),
  };
}

const entitiesOf = (records: readonly unknown[]): readonly string[] =>
  [...new Set(records.map(entityOf))].toSorted().slice(0, ENTITIES_MAX);

const clipped = (name: string): string =>
  name.length > NAME_LENGTH_MAX ? `${name.slice(0, NAME_LENGTH_MAX)}…` : name;

/** The entity type by the key; for a key of an unknown shape, by the image. */
function entityOf(record: unknown): string {
  const key = recordKey(record);
  const byKey = key === undefined ? undefined : parseKey(key)?.entityType;
  if (byKey !== undefined) return byKey;
  const typed = read(Typed, record).data?.dynamodb;
  return clipped(typed?.NewImage?.entityType.S ?? typed?.OldImage?.entityType.S ?? 'unknown');
}

/** Which dead letters match; a missing member matches all. */
export interface DeadLetterFilter {
  readonly messageId?: string | undefined;
  /** The code of the consumer's reason, or Lambda's condition. */
  readonly reason?: string | undefined;
  /** The type of an item that one of its records is of. Pointers have no types, so they never match. */
  readonly entity?: string | undefined;
  /** First seen at this instant or later. */
  readonly since?: Date | undefined;
}

/** Whether a dead letter matches. */
export function passesFilter(summary: MessageSummary, filter: DeadLetterFilter): boolean {
  return (
    (filter.messageId === undefined || summary.messageId === filter.messageId) &&
    (filter.reason === undefined || summary.reason === filter.reason) &&
    (filter.entity === undefined || summary.entities.includes(filter.entity)) &&
    (filter.since === undefined || new Date(summary.firstSeenAt) >= filter.since)
  );
}
