import type { SQSClient } from '@aws-sdk/client-sqs';
import { failureReason } from '../../errors.ts';
import type { DeadLetterEntry } from '../../operations/dead-letter-entry.ts';
import type { FetchDeps } from '../parse/dead-letter.ts';
import { type MessageSummary, messageEntry } from '../parse/dead-letter-summary.ts';
import { isOutage } from '../parse/failure-reason.ts';
import {
  parseMessages,
  QueuePass,
  readMessages,
  type SummarizedMessage,
  stateOn,
} from '../queue/queue-pass.ts';
import { resend } from './keep-failures.ts';
import { type ReplayDeps, type ReplayResult, replayDeadLetter, untouched } from './replay-dead-letter.ts';

/** What a replay does with a dead letter. */
export type Decision = 'replay' | 'skip' | 'park';

/** How dead letters are replayed. */
export interface ReplayDeadLettersOptions extends ReplayDeps, FetchDeps {
  readonly sqs: SQSClient;
  /** Called before anything is fetched from a bucket; without it, all are meant. */
  readonly isMeant?: (summary: MessageSummary) => boolean;
  readonly decide: (summary: MessageSummary) => Decision;
  /** The parking queue. */
  readonly parkedQueueUrl?: string;
  /** The most dead letters that are replayed or parked. One whose sending was repeated has two messages, and counts once. */
  readonly limit: number;
  /** The most messages that are read. */
  readonly messagesMax: number;
  /** Called with the result of each message. */
  readonly report: (result: ReplayResult) => void;
  /** Aborts when no further record may start. */
  readonly signal: AbortSignal;
}

/** How a replay ended. */
export type ReplayEnd =
  /** At the end of the queue, or of the limit. */
  | 'done'
  /** There may be more messages than it may read. */
  | 'cut-short'
  | 'interrupted'
  /** A sink or a service failed, so that the next dead letter would fail too. */
  | 'outage';

/**
 * Replays the dead letters of a queue that match, ten at once, of which one is a batch: batches that share the rate would all be cut off when
 * the replay is interrupted. A dead letter is replayed once: those that failed after
 * the replay began are skipped. Of what is meant, the store knows each from then on. Stops after an outage, since the others would only use up their attempts. A failure of one
 * does not stop the others.
 *
 * @throws the errors of the queue; the remaining messages are then visible again.
 */
export async function replayDeadLetters(options: ReplayDeadLettersOptions): Promise<ReplayEnd> {
  const { sqs, queue, clock, store, messagesMax, signal, isMeant = () => true } = options;
  const startedAt = clock.now().toISOString();
  await using pass = new QueuePass({ sqs, queueUrl: queue.queueUrl, clock, messagesMax });
  const taken = new Set<string>();
  /** Takes another dead letter while the limit lets it, and each message of one that is taken. */
  const take = ({ summary: { id } }: SummarizedMessage): boolean => {
    if (taken.size < options.limit) taken.add(id);
    return taken.has(id);
  };
  while (taken.size < options.limit) {
    if (signal.aborted) return 'interrupted';
    const messages = await pass.next();
    if (messages.length === 0) return pass.isCutShort ? 'cut-short' : 'done';
    const meant = readMessages(messages, queue.consumer, options).filter(({ summary }) => isMeant(summary));
    const deadLetters = await parseMessages(meant, options, signal);
    if (signal.aborted) return 'interrupted';
    await store.register(entriesOf(deadLetters), stateOn(queue));
    const matching = deadLetters
      .map((one) => ({ ...one, decision: decisionOn(one, startedAt, options) }))
      .filter(({ decision }) => decision !== 'skip')
      .filter(take);
    if (await hasMetOutage(matching, pass, options)) return 'outage';
  }
  return signal.aborted ? 'interrupted' : 'done';
}

const entriesOf = (deadLetters: readonly SummarizedMessage[]): readonly DeadLetterEntry[] =>
  deadLetters.map(({ deadLetter }) => messageEntry(deadLetter));

function decisionOn(
  { summary }: SummarizedMessage,
  startedAt: string,
  { decide, clock }: ReplayDeadLettersOptions,
): Decision {
  const { failedAt } = summary;
  // A time in the future is not from this replay.
  const isOfThisReplay =
    failedAt !== undefined && startedAt <= failedAt && failedAt <= clock.now().toISOString();
  return isOfThisReplay ? 'skip' : decide(summary);
}

type Decided = SummarizedMessage & { readonly decision: Decision };

/** Replays or parks what one receive has. @returns whether there was an outage: the batches after it then stay as they are. */
async function hasMetOutage(
  deadLetters: readonly Decided[],
  pass: QueuePass,
  options: ReplayDeadLettersOptions,
): Promise<boolean> {
  let isOut = false;
  const one = async (deadLetter: Decided): Promise<void> => {
    const result = await process(deadLetter, pass, options);
    isOut ||= result.isOutage;
    options.report(result);
  };
  const isBatch = ({ deadLetter: { contents } }: Decided): boolean => contents.kind === 'batches';
  const inTurn = async (): Promise<void> => {
    for (const batch of deadLetters.filter(isBatch)) if (!isOut) await one(batch);
  };
  await Promise.all([...deadLetters.filter((other) => !isBatch(other)).map(one), inTurn()]);
  return isOut;
}

/** Replays or parks one dead letter. An error of its queue is reported as its failure: it stays as it is. */
async function process(
  one: Decided,
  pass: QueuePass,
  options: ReplayDeadLettersOptions,
): Promise<ReplayResult> {
  try {
    return await (one.decision === 'park'
      ? park(one, pass, options)
      : replayDeadLetter(one.deadLetter, pass, options, options.signal));
  } catch (error) {
    return {
      ...untouched(one.deadLetter),
      outcome: 'failed',
      code: failureReason(error).code,
      isOutage: isOutage(error),
    };
  }
}

async function park(
  one: SummarizedMessage,
  pass: QueuePass,
  options: ReplayDeadLettersOptions,
): Promise<ReplayResult> {
  const { queue, parkedQueueUrl = queue.queueUrl } = options;
  const { attempts } = one.summary;
  const to = { queueUrl: parkedQueueUrl, state: 'parked' } as const;
  await resend(one.deadLetter, { attempts, outcome: 'parked', to }, pass, options);
  return { ...untouched(one.deadLetter), outcome: 'parked' };
}
