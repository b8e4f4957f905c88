import * as z from 'zod';
import { parseKey } from '../../contracts/parsed-key.ts';
import { read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { Contents, DeadLetter } from './dead-letter.ts';
import { recordKey } from './record-key.ts';

/** What a dead letter is, without what is in it. */
export interface LetterSummary {
  readonly messageId: string;
  readonly consumer: ConsumerName | undefined;
  readonly kind: 'record' | 'batch' | 'pointers' | 'test-event' | 'unreadable';
  /** The code of the consumer's reason, Lambda's condition, or what makes it unreadable. */
  readonly reason: string;
  /** The types of the items that its records are of, as far as the letter itself tells. */
  readonly entities: readonly string[];
  /** How many records it stands for. */
  readonly records: number;
  readonly attempts: number;
  readonly receives: number;
  readonly firstSeenAt: string;
  /** When its records last failed, where the letter says so. */
  readonly failedAt: string | undefined;
}

const FIRST_ATTEMPT = 1;
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

/** Summarises a letter. */
export function letterSummary({ message, consumer, contents }: DeadLetter): LetterSummary {
  const { messageId, receives, notes, sentAt } = message;
  const attempts = notes.attempts ?? FIRST_ATTEMPT;
  const common = { messageId, consumer, receives };
  if (contents.kind === 'record') {
    const { reason, attempts, firstSeenAt, deadLetteredAt: failedAt } = contents.letter;
    const entities = entitiesOf([contents.record]);
    return {
      ...common,
      kind: 'record',
      reason: reason.code,
      entities,
      records: 1,
      attempts,
      firstSeenAt,
      failedAt,
    };
  }
  return { ...common, ...summaryOf(contents, sentAt.toISOString()), attempts, failedAt: notes.failedAt };
}

function summaryOf(
  contents: Exclude<Contents, { kind: 'record' }>,
  sentAt: string,
): Pick<LetterSummary, 'kind' | 'reason' | 'entities' | 'records' | 'firstSeenAt'> {
  const nothing = { entities: [], records: 0, firstSeenAt: sentAt };
  if (contents.kind === 'test-event') return { kind: 'test-event', reason: 's3:TestEvent', ...nothing };
  if (contents.kind === 'unreadable') return { kind: 'unreadable', reason: contents.issue, ...nothing };
  const { batches } = contents;
  const [first] = batches;
  return {
    kind: batches.every(({ payload }) => payload !== undefined) ? 'batch' : 'pointers',
    reason: first?.failure.requestContext.condition ?? '',
    entities: entitiesOf(batches.flatMap(({ payload }) => payload?.records ?? [])),
    records: batches.reduce(
      (sum, { failure, payload }) => sum + (payload?.records.length ?? failure.DDBStreamBatchInfo.batchSize),
      0,
    ),
    firstSeenAt: first?.failure.timestamp ?? sentAt,
  };
}

const entitiesOf = (records: readonly unknown[]): readonly string[] =>
  [...new Set(records.map(entityOf))].toSorted();

/** What the key names; for a key of a foreign shape what the image says it is. */
function entityOf(record: unknown): string {
  const key = recordKey(record);
  const byKey = key === undefined ? undefined : parseKey(key)?.entityType;
  if (byKey !== undefined) return byKey;
  const typed = read(Typed, record).data?.dynamodb;
  return typed?.NewImage?.entityType.S ?? typed?.OldImage?.entityType.S ?? 'unknown';
}
