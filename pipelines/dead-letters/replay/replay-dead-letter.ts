import type { DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { awsErrorKind } from '../../aws/aws-errors.ts';
import type { RateLimiter } from '../../aws/rate-limiter.ts';
import { failureReason, OrderStreamError } from '../../errors.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import type { DeadLetterQueue } from '../../stream/dead-letter-queue.ts';
import type { DeadLetter } from '../parse/dead-letter.ts';
import { isOutage } from '../parse/failure-reason.ts';
import {
  type Origin,
  type OriginatedRecords,
  type PointerDeps,
  recordsToReplay,
} from '../parse/records-to-replay.ts';
import type { QueuePass } from '../queue/queue-pass.ts';
import { nextRecordOf, recordsFrom } from './batch-place.ts';
import { type Failure, keepFailures, type ReturnDeps } from './keep-failures.ts';
import type { ReplayRecord } from './replay-records.ts';
import { type RecordOutcome, replayRecords } from './replay-records.ts';

/** One consumer as a replay needs it. */
export interface ReplayConsumer {
  readonly replayRecord: ReplayRecord;
  /** Receives the records that fail again. */
  readonly deadLetters: Pick<DeadLetterQueue, 'accept'>;
}

/** The dependencies of a replay. */
export interface ReplayDeps extends PointerDeps, ReturnDeps {
  readonly consumers: Readonly<Record<ConsumerName, ReplayConsumer>>;
  readonly rateLimiter: Pick<RateLimiter, 'acquire'>;
  readonly store: ReturnDeps['store'] & Pick<DeadLetterStore, 'register'>;
  /** What ends a dead letter whose records succeed; `replayed` without it. */
  readonly success?: 'replayed' | 'fixed';
}

/** The result of the replay of a dead letter. */
export interface ReplayResult {
  readonly id: DeadLetterId;
  readonly messageId: string;
  readonly consumer: ConsumerName | undefined;
  /**
   * `replayed`, `item-deleted` and `ignored` (a test event) dead letters are deleted, `parked` ones are on the parking queue.
   * `failed` ones stay, with one attempt more; `unreadable` ones stay as they are. `interrupted` ones stay with as many attempts, and a batch
   * goes on where it was interrupted; those of its records that `failed` before are dead letters of their own. A batch whose
   * next record cannot be named, as those of the table, stays as it is: all of it is replayed again.
   */
  readonly outcome:
    | 'replayed'
    | 'item-deleted'
    | 'ignored'
    | 'parked'
    | 'failed'
    | 'interrupted'
    | 'unreadable';
  /** Where its records came from. */
  readonly from: readonly Origin[];
  readonly records: { readonly replayed: number; readonly itemDeleted: number; readonly failed: number };
  /** Why it failed: the code of the first record that failed. */
  readonly code?: string;
  /** Whether a sink or a service failed and not the record. */
  readonly isOutage: boolean;
}

/** The stream, or the table in its place, does not return the records of the pointers. */
export class PointersRefusedError extends OrderStreamError {
  readonly code = 'pointers-refused';
  readonly remedy =
    'Run npm run ops -- dlq show to see which stream it names, and check the permission to read it; purge the dead letter if the stream is none of this table.';
}

/** What of the result of a dead letter is known before its records are replayed. */
export const untouched = ({ id, message: { messageId }, consumer }: DeadLetter) => ({
  ...{ id, messageId, consumer },
  from: [],
  records: { replayed: 0, itemDeleted: 0, failed: 0 },
  isOutage: false,
});

/**
 * Replays the records of one dead letter, and deletes the dead letter only after all of them succeeded or the failures are on
 * the queue again. Safe at any time, twice, and beside another replay of the same dead letter.
 *
 * For a consumer's dead letter that fails, a new one is sent with one attempt more. In a batch whose records fail for their
 * contents, each becomes a dead letter of its own. When a sink fails, the batch stays one message, so that an outage does not
 * multiply messages.
 *
 * @throws the errors of the queue itself.
 */
export async function replayDeadLetter(
  deadLetter: DeadLetter,
  pass: Pick<QueuePass, 'keep' | 'delete' | 'resend'>,
  deps: ReplayDeps,
  signal: AbortSignal,
): Promise<ReplayResult> {
  const { id, contents, consumer, message } = deadLetter;
  const { store, actor } = deps;
  const result = untouched(deadLetter);
  if (contents.kind === 'test-event') {
    await store.end(id, 'purged', actor);
    await pass.delete(message);
    return { ...result, outcome: 'ignored' };
  }
  if (contents.kind === 'unreadable' || consumer === undefined) return { ...result, outcome: 'unreadable' };
  const { replayRecord, deadLetters } = deps.consumers[consumer];
  const attempted = await attempt(() => recordsToReplay(contents, consumer, deps, signal));
  if (signal.aborted) return { ...result, outcome: 'interrupted' };
  const { parts } = attempted;
  const records = recordsFrom(parts, message.notes.nextRecord);
  const started = await replayRecords(records, {
    replayRecord,
    rateLimiter: deps.rateLimiter,
    keep: () => pass.keep(),
    signal,
  });
  const outcomes: readonly RecordOutcome[] = [...attempted.failures, ...started];
  const replayed = { ...result, from: originsOf(parts), records: countsOf(outcomes) };
  const failures = outcomes.filter((outcome): outcome is Failure => outcome.status === 'failed');
  const [first] = failures;
  const isOut = failures.some(({ error }) => isOutage(error));
  const isCutOff = started.length < records.length && !isOut;
  const next = nextRecordOf(parts, isOut ? first?.record : records[started.length]);
  // Nothing of it is kept, so that its records do not count: a caller that repeats while some do would never end.
  if (isCutOff && (started.length === 0 || next === undefined)) return { ...result, outcome: 'interrupted' };
  if (first === undefined && !isCutOff) {
    const outcome = await endSucceeded(deadLetter, replayed.records, pass, deps);
    return { ...replayed, outcome };
  }
  const refusal = await keepFailures({ ...deadLetter, contents }, failures, {
    pass,
    deadLetters,
    deps,
    ...{ isOut, isCutOff, next },
  });
  return {
    ...replayed,
    outcome: isCutOff && refusal === undefined ? 'interrupted' : 'failed',
    ...codeOf(first, refusal),
    isOutage: isOut || isOutage(refusal),
  };
}

const codeOf = (first: Failure | undefined, refusal: unknown): Pick<ReplayResult, 'code'> =>
  first === undefined ? {} : { code: failureReason(refusal ?? first.error).code };

async function endSucceeded(
  { id, message }: DeadLetter,
  { replayed, itemDeleted }: ReplayResult['records'],
  pass: Pick<QueuePass, 'delete'>,
  { store, actor, success = 'replayed' }: ReplayDeps,
): Promise<'replayed' | 'item-deleted'> {
  const outcome = replayed > 0 || itemDeleted === 0 ? 'replayed' : 'item-deleted';
  await store.end(id, outcome === 'replayed' ? success : outcome, actor);
  await pass.delete(message);
  return outcome;
}

async function attempt(
  read: () => Promise<readonly OriginatedRecords[]>,
): Promise<{ parts: readonly OriginatedRecords[]; failures: readonly Failure[] }> {
  try {
    return { parts: await read(), failures: [] };
  } catch (error) {
    return { parts: [], failures: [{ status: 'failed', record: undefined, error: pointersError(error) }] };
  }
}

/** A stream that does not exist or may not be read affects only these pointers: the next ones may name another stream. */
function pointersError(error: unknown): unknown {
  const kind = awsErrorKind(error);
  return kind === 'denied' || kind === 'not-found'
    ? new PointersRefusedError(`The records that it points to cannot be read: ${kind}`, { cause: error })
    : error;
}

const originsOf = (parts: readonly OriginatedRecords[]): readonly Origin[] => [
  ...new Set(parts.map(({ from }) => from)),
];

const countsOf = (outcomes: readonly RecordOutcome[]): ReplayResult['records'] => {
  const count = (status: RecordOutcome['status']): number =>
    outcomes.filter((outcome) => outcome.status === status).length;
  return { replayed: count('replayed'), itemDeleted: count('item-deleted'), failed: count('failed') };
};
