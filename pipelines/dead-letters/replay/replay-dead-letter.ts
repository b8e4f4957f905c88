import type { DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import { COUNTED_ATTEMPTS_MAX } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import type { Instant } from '../../../contracts/ids.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { awsErrorKind } from '../../aws/aws-errors.ts';
import type { RateLimiter } from '../../aws/rate-limiter.ts';
import { type Clock, instantOf } from '../../clock.ts';
import { failureReason, OrderStreamError } from '../../errors.ts';
import type { OpenState } from '../../operations/dead-letter-entry.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import type { DeadLetterQueue } from '../../stream/dead-letter-queue.ts';
import type { DeadLetter } from '../parse/dead-letter.ts';
import { messageEntry, messageSummary } from '../parse/dead-letter-summary.ts';
import { isOutage } from '../parse/failure-reason.ts';
import {
  type Origin,
  type OriginatedRecords,
  type PointerDeps,
  recordsToReplay,
} from '../parse/records-to-replay.ts';
import { type QueuePass, type ReplayableQueue, stateOn } from '../queue/queue-pass.ts';
import type { ReplayRecord } from './replay-records.ts';
import { type RecordOutcome, replayRecords } from './replay-records.ts';

/** One consumer as a replay needs it. */
export interface ReplayConsumer {
  readonly replayRecord: ReplayRecord;
  /** Receives the records that fail again. */
  readonly deadLetters: Pick<DeadLetterQueue, 'accept'>;
}

/** The dependencies of a replay. */
export interface ReplayDeps extends PointerDeps {
  readonly queue: ReplayableQueue;
  readonly consumers: Readonly<Record<ConsumerName, ReplayConsumer>>;
  readonly rateLimiter: Pick<RateLimiter, 'acquire'>;
  readonly clock: Clock;
  readonly store: Pick<DeadLetterStore, 'begin' | 'queued' | 'register' | 'end'>;
  /** Who replays: the automatic replay, or an operator. */
  readonly actor: string;
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
   * `failed` ones stay, with one attempt more; `interrupted` and `unreadable` ones stay as they are.
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

type Replayable = Extract<DeadLetter['contents'], { kind: 'record' | 'batches' }>;
type Failure = Extract<RecordOutcome, { status: 'failed' }>;

const NO_RECORDS = { replayed: 0, itemDeleted: 0, failed: 0 };
const FIRST_ATTEMPT = 1;
/** The time limit for sending failures to the dead-letter queue, also when the replay is interrupted. */
const ACCEPT_MS = 30_000;

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
  const { store, actor, success = 'replayed' } = deps;
  const result = {
    id,
    messageId: message.messageId,
    consumer,
    from: [],
    records: NO_RECORDS,
    isOutage: false,
  };
  if (contents.kind === 'test-event') {
    await store.end(id, 'purged', actor);
    await pass.delete(message);
    return { ...result, outcome: 'ignored' };
  }
  if (contents.kind === 'unreadable' || consumer === undefined) return { ...result, outcome: 'unreadable' };
  const { replayRecord, deadLetters } = deps.consumers[consumer];
  const attempted = await attempt(() => recordsToReplay(contents, consumer, deps, signal));
  if (signal.aborted) return { ...result, outcome: 'interrupted' };
  const outcomes: RecordOutcome[] = [...attempted.failures];
  for (const { records } of attempted.parts)
    outcomes.push(
      ...(await replayRecords(records, {
        replayRecord,
        rateLimiter: deps.rateLimiter,
        keep: () => pass.keep(),
        signal,
      })),
    );
  const replayed = { ...result, from: originsOf(attempted.parts), records: countsOf(outcomes) };
  if (outcomes.some(({ status }) => status === 'not-attempted'))
    return { ...replayed, outcome: 'interrupted' };
  const failures = outcomes.filter((outcome): outcome is Failure => outcome.status === 'failed');
  const [first] = failures;
  if (first === undefined) {
    const { replayed: done, itemDeleted } = replayed.records;
    const outcome = done > 0 || itemDeleted === 0 ? 'replayed' : 'item-deleted';
    await store.end(id, outcome === 'replayed' ? success : outcome, actor);
    await pass.delete(message);
    return { ...replayed, outcome };
  }
  const refusal = await keepFailures({ ...deadLetter, contents }, failures, {
    pass,
    deadLetters,
    deps,
  });
  const error = refusal ?? first.error;
  return {
    ...replayed,
    outcome: 'failed',
    code: failureReason(error).code,
    isOutage: [...failures.map((failure) => failure.error), refusal].some(isOutage),
  };
}

interface Keeping {
  readonly pass: Pick<QueuePass, 'delete' | 'resend'>;
  readonly deadLetters: Pick<DeadLetterQueue, 'accept'>;
  readonly deps: Pick<ReplayDeps, 'clock' | 'store' | 'actor' | 'queue'>;
}

/** Sends the failures to the queue again, then deletes the dead letter. @returns the error of the queue, if it refused: the dead letter then stays. */
async function keepFailures(
  deadLetter: DeadLetter & { readonly contents: Replayable },
  failures: readonly Failure[],
  { pass, deadLetters, deps }: Keeping,
): Promise<unknown> {
  const { id, message, contents } = deadLetter;
  const { store, actor } = deps;
  const failedAt = instantOf(deps.clock.now());
  const isOurs = contents.kind === 'record';
  const attempts = Math.min(messageSummary(deadLetter).attempts + 1, COUNTED_ATTEMPTS_MAX);
  // A record is missing where following the pointers failed.
  if (!isOurs && failures.some(({ error, record }) => isOutage(error) || record === undefined)) {
    const { code } = failureReason(failures[0]?.error);
    await resend(deadLetter, { attempts, failedAt, outcome: 'failed', code }, pass, deps);
    return undefined;
  }
  const signal = AbortSignal.timeout(ACCEPT_MS);
  const kept = await Promise.allSettled(
    failures.map(({ record, error }) =>
      deadLetters.accept(
        {
          record,
          error: failureReason(error),
          attempts: isOurs ? attempts : FIRST_ATTEMPT,
          firstSeenAt: isOurs ? contents.deadLetter.firstSeenAt : failedAt,
          by: actor,
          ...(isOurs ? {} : { batch: id }),
        },
        signal,
      ),
    ),
  );
  const refused = kept.find((one) => one.status === 'rejected');
  if (refused !== undefined) return refused.reason;
  // The records of a batch are dead letters of their own now.
  if (!kept.some((one) => one.status === 'fulfilled' && one.value === id))
    await store.end(id, 'replayed', actor);
  await pass.delete(message);
  return undefined;
}

/** A message that is sent again as it is, and why. */
interface Resent {
  /** How often its records have failed. */
  readonly attempts: number;
  /** When they failed last; absent where the message says it, or did not fail again. */
  readonly failedAt?: Instant;
  readonly outcome: 'failed' | 'parked';
  /** The code of the failure. */
  readonly code?: string;
  /** The queue that gets it; its own without it. */
  readonly to?: { readonly queueUrl: string; readonly state: OpenState };
}

/** Sends a dead letter again as it is, to its queue or another, then deletes the message. @throws the errors of the queue and the store. */
export async function resend(
  deadLetter: DeadLetter,
  { attempts, failedAt, outcome, code, to }: Resent,
  pass: Pick<QueuePass, 'delete' | 'resend'>,
  { store, actor, queue }: Pick<ReplayDeps, 'store' | 'actor' | 'queue'>,
): Promise<void> {
  const { message, consumer, contents } = deadLetter;
  const entry = messageEntry(deadLetter);
  const known = { ...entry, attempts, failedAt: failedAt ?? entry.failedAt };
  const begun = await store.begin(known, { by: actor, outcome, ...(code !== undefined && { code }) });
  // A consumer's dead letter holds all of that itself, and may be as large as a message can be.
  const notes =
    contents.kind === 'record' ? {} : { ...message.notes, consumer, attempts, ...(failedAt && { failedAt }) };
  await pass.resend(message, notes, to?.queueUrl);
  await store.queued(begun, to?.state ?? stateOn(queue));
  await pass.delete(message);
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
