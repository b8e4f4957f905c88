import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { ConsumerName } from '../../contracts/stream.ts';
import { type DeadLetter, openDeadLetter } from './dead-letter.ts';
import { type LetterSummary, letterSummary } from './letter-summary.ts';
import { QueuePass } from './queue-pass.ts';
import type { QueuedMessage } from './queued-message.ts';
import { type ReplayDeps, type ReplayResult, replayLetter } from './replay-letter.ts';

/** A queue of dead letters. */
export interface LetterQueue {
  readonly queueUrl: string;
  /** Whose letters it holds; `undefined` where several put theirs, and each letter says whose it is. */
  readonly consumer: ConsumerName | undefined;
}

/** What becomes of a letter that a replay comes by. */
export type Decision = 'replay' | 'skip' | 'park';

/** How letters are replayed. */
export interface ReplayLettersOptions extends ReplayDeps {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly queue: LetterQueue;
  readonly decide: (summary: LetterSummary) => Decision;
  /** Where letters go that are parked. */
  readonly parkedQueueUrl?: string;
  /** The most letters that are replayed or parked. */
  readonly limit: number;
  /** The most messages that are looked at. */
  readonly messagesMax: number;
  /** Told of each letter as soon as it is done with. */
  readonly report: (result: ReplayResult) => void;
  /** Aborts when no further record is to be begun. */
  readonly signal: AbortSignal;
}

/** How a replay ended. */
export type ReplayEnd =
  /** At the end of the queue, or of the limit. */
  | 'done'
  /** There may be more messages than it may look at. */
  | 'cut-short'
  | 'interrupted'
  /** A sink or a service failed, so that nothing better is to be expected of the next letter. */
  | 'outage';

const OPEN_MS = 60_000;

/**
 * Replays the letters of a queue that are meant, ten at once. What fails again is not met twice: letters that failed after
 * the replay began are passed over. Stops after an outage, since trying the rest would only use up their attempts.
 *
 * @throws the errors of the queue or the bucket; what was not done with is then given back.
 */
export async function replayLetters(options: ReplayLettersOptions): Promise<ReplayEnd> {
  const { sqs, queue, clock, messagesMax, report, signal } = options;
  const startedAt = clock.now().toISOString();
  await using pass = new QueuePass({ sqs, queueUrl: queue.queueUrl, clock, messagesMax });
  for (let left = options.limit; left > 0; ) {
    if (signal.aborted) return 'interrupted';
    const messages = await pass.next();
    if (messages.length === 0) return pass.isCutShort ? 'cut-short' : 'done';
    const letters = await opened(messages, options);
    const meant = letters
      .map((letter) => ({ letter, decision: decisionOn(letter, startedAt, options) }))
      .filter(({ decision }) => decision !== 'skip')
      .slice(0, left);
    left -= meant.length;
    const results = await allEnded(
      meant.map(async ({ letter, decision }) => {
        const result = await (decision === 'park'
          ? park(letter, pass, options)
          : replayLetter(letter, pass, options, signal));
        report(result);
        return result;
      }),
    );
    if (results.some(({ isOutage }) => isOutage)) return 'outage';
  }
  return signal.aborted ? 'interrupted' : 'done';
}

function opened(
  messages: readonly QueuedMessage[],
  { queue, s3 }: ReplayLettersOptions,
): Promise<readonly DeadLetter[]> {
  const signal = AbortSignal.timeout(OPEN_MS);
  return Promise.all(messages.map((message) => openDeadLetter(message, queue.consumer, s3, signal)));
}

function decisionOn(letter: DeadLetter, startedAt: string, { decide }: ReplayLettersOptions): Decision {
  const summary = letterSummary(letter);
  const isOfThisReplay = summary.failedAt !== undefined && summary.failedAt >= startedAt;
  return isOfThisReplay ? 'skip' : decide(summary);
}

async function park(
  letter: DeadLetter,
  pass: QueuePass,
  { parkedQueueUrl }: ReplayLettersOptions,
): Promise<ReplayResult> {
  const { message, consumer, contents } = letter;
  const { attempts } = letterSummary(letter);
  // A letter of ours says both itself, and may be as large as a message can be.
  const notes = contents.kind === 'record' ? {} : { ...message.notes, consumer, attempts };
  await pass.replace(message, notes, parkedQueueUrl);
  const records = { replayed: 0, gone: 0, failed: 0 };
  return { messageId: message.messageId, consumer, outcome: 'parked', from: [], records, isOutage: false };
}

/** Waits for all, so that nothing is given back that is still worked on; then throws what failed first. */
async function allEnded<T>(tasks: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(tasks);
  return Promise.all(tasks);
}
