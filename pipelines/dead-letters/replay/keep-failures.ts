import { COUNTED_ATTEMPTS_MAX } from '../../../contracts/dead-letters/consumer-dead-letter.ts';
import type { Instant } from '../../../contracts/ids.ts';
import { type Clock, instantOf } from '../../clock.ts';
import { failureReason } from '../../errors.ts';
import type { OpenState } from '../../operations/dead-letter-entry.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import type { DeadLetterQueue } from '../../stream/dead-letter-queue.ts';
import type { DeadLetter } from '../parse/dead-letter.ts';
import { messageEntry, messageSummary } from '../parse/dead-letter-summary.ts';
import type { MessageNotes } from '../parse/queued-message.ts';
import { type QueuePass, type ReplayableQueue, stateOn } from '../queue/queue-pass.ts';
import type { RecordOutcome } from './replay-records.ts';

/** The dependencies for what a replay puts on a queue again. */
export interface ReturnDeps {
  readonly queue: ReplayableQueue;
  readonly clock: Clock;
  readonly store: Pick<DeadLetterStore, 'begin' | 'queued' | 'renew' | 'end'>;
  /** Who replays: the automatic replay, or an operator. */
  readonly actor: string;
}

/** A record that failed, and why. */
export type Failure = Extract<RecordOutcome, { status: 'failed' }>;
type Replayable = Extract<DeadLetter['contents'], { kind: 'record' | 'batches' }>;
type Returning = Pick<QueuePass, 'delete' | 'resend'>;

interface Keeping {
  readonly pass: Returning;
  /** Receives the records that fail again. */
  readonly deadLetters: Pick<DeadLetterQueue, 'accept'>;
  readonly deps: ReturnDeps;
  /** Whether a sink or a service failed. */
  readonly isOut: boolean;
  /** Whether the replay of a batch was interrupted. */
  readonly isCutOff: boolean;
  /** The event id of the record at which a batch that stays goes on. */
  readonly next: string | undefined;
}

const FIRST_ATTEMPT = 1;
/** The time limit for sending failures to the dead-letter queue, also when the replay is interrupted. */
const ACCEPT_MS = 30_000;

/**
 * Sends the failures to the queue again, then deletes the dead letter, or puts back what of a batch is not started.
 *
 * @returns the error of the queue, if it refused: the dead letter then stays.
 * @throws the errors of the queue and the store.
 */
export async function keepFailures(
  deadLetter: DeadLetter & { readonly contents: Replayable },
  failures: readonly Failure[],
  { pass, deadLetters, deps, isOut, isCutOff, next }: Keeping,
): Promise<unknown> {
  const { id, message, contents } = deadLetter;
  const { store, actor } = deps;
  const failedAt = instantOf(deps.clock.now());
  const isOurs = contents.kind === 'record';
  const attempts = Math.min(messageSummary(deadLetter).attempts + 1, COUNTED_ATTEMPTS_MAX);
  // A record is missing where following the pointers failed.
  if (!isOurs && (isOut || failures.some(({ record }) => record === undefined))) {
    const { code } = failureReason(failures[0]?.error);
    const resent = { attempts, failedAt, outcome: 'failed', code, nextRecord: next } as const;
    await resend(deadLetter, resent, pass, deps);
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
  if (isCutOff) {
    await putBack(deadLetter, next, pass, store);
    return undefined;
  }
  // The records of a batch are dead letters of their own now.
  if (!kept.some((one) => one.status === 'fulfilled' && one.value === id))
    await store.end(id, 'replayed', actor);
  await pass.delete(message);
  return undefined;
}

/**
 * Puts a batch on its queue again, from its next record on, with as many attempts. The store knows it as open all the while. One that
 * another receiver of its message has ended meanwhile is only deleted.
 */
async function putBack(
  deadLetter: DeadLetter,
  nextRecord: string | undefined,
  pass: Returning,
  store: Pick<DeadLetterStore, 'renew'>,
): Promise<void> {
  const { id, message } = deadLetter;
  if (await store.renew(id)) await pass.resend(message, notesOf(deadLetter, { nextRecord }));
  await pass.delete(message);
}

/** The notes of a message that is sent again. A consumer's dead letter holds all of that itself, and may be as large as a message can be. */
function notesOf(
  { message: { notes }, consumer, contents }: DeadLetter,
  changes: MessageNotes,
): MessageNotes {
  if (contents.kind === 'record') return {};
  return {
    consumer,
    attempts: changes.attempts ?? notes.attempts,
    failedAt: changes.failedAt ?? notes.failedAt,
    nextRecord: changes.nextRecord ?? notes.nextRecord,
  };
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
  /** The event id of the first record of a batch that is not done, where that is another one than before. */
  readonly nextRecord?: string | undefined;
  /** The queue that gets it; its own without it. */
  readonly to?: { readonly queueUrl: string; readonly state: OpenState };
}

/** Sends a dead letter again as it is, to its queue or another, then deletes the message. @throws the errors of the queue and the store. */
export async function resend(
  deadLetter: DeadLetter,
  { attempts, failedAt, outcome, code, nextRecord, to }: Resent,
  pass: Returning,
  { store, actor, queue }: Pick<ReturnDeps, 'store' | 'actor' | 'queue'>,
): Promise<void> {
  const { message } = deadLetter;
  const entry = messageEntry(deadLetter);
  const known = { ...entry, attempts, failedAt: failedAt ?? entry.failedAt };
  const begun = await store.begin(known, { by: actor, outcome, ...(code !== undefined && { code }) });
  await pass.resend(message, notesOf(deadLetter, { attempts, failedAt, nextRecord }), to?.queueUrl);
  await store.queued(begun, to?.state ?? stateOn(queue));
  await pass.delete(message);
}
