import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { MessageSummary } from '../parse/dead-letter-summary.ts';
import { failureReason, isOutage } from '../parse/failure-reason.ts';
import type { ReplayableQueue } from '../queue/queue-pass.ts';
import { parseMessages, QueuePass, readMessages, type SummarizedMessage } from '../queue/queue-pass.ts';
import { type ReplayDeps, type ReplayResult, replayDeadLetter } from './replay-dead-letter.ts';

/** What becomes of a letter that a replay comes by. */
export type Decision = 'replay' | 'skip' | 'park';

/** How letters are replayed. */
export interface ReplayDeadLettersOptions extends ReplayDeps {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly queue: ReplayableQueue;
  readonly decide: (summary: MessageSummary) => Decision;
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

/**
 * Replays the letters of a queue that are meant, ten at once. What fails again is not met twice: letters that failed after
 * the replay began are passed over. Stops after an outage, since trying the rest would only use up their attempts. No letter
 * keeps the others from being replayed.
 *
 * @throws the errors of the queue; what was not done with is then given back.
 */
export async function replayDeadLetters(options: ReplayDeadLettersOptions): Promise<ReplayEnd> {
  const { sqs, s3, queue, clock, messagesMax, report, signal } = options;
  const startedAt = clock.now().toISOString();
  await using pass = new QueuePass({ sqs, queueUrl: queue.queueUrl, clock, messagesMax });
  for (let left = options.limit; left > 0; ) {
    if (signal.aborted) return 'interrupted';
    const messages = await pass.next();
    if (messages.length === 0) return pass.isCutShort ? 'cut-short' : 'done';
    const deadLetters = await parseMessages(readMessages(messages, queue.consumer), s3, signal);
    if (signal.aborted) return 'interrupted';
    const meant = deadLetters
      .map((one) => ({ ...one, decision: decisionOn(one, startedAt, options) }))
      .filter(({ decision }) => decision !== 'skip')
      .slice(0, left);
    left -= meant.length;
    const results = await Promise.all(
      meant.map(async (one) => {
        const result = await settled(one, pass, options);
        report(result);
        return result;
      }),
    );
    if (results.some(({ isOutage }) => isOutage)) return 'outage';
  }
  return signal.aborted ? 'interrupted' : 'done';
}

function decisionOn(
  { summary }: SummarizedMessage,
  startedAt: string,
  { decide, clock }: ReplayDeadLettersOptions,
): Decision {
  const { failedAt } = summary;
  // A time to come is none at which this replay had it.
  const isOfThisReplay =
    failedAt !== undefined && startedAt <= failedAt && failedAt <= clock.now().toISOString();
  return isOfThisReplay ? 'skip' : decide(summary);
}

/** Replays or parks one letter. What its queue refuses is told as its failure: it stays as it is. */
async function settled(
  one: SummarizedMessage & { readonly decision: Decision },
  pass: QueuePass,
  options: ReplayDeadLettersOptions,
): Promise<ReplayResult> {
  try {
    return await (one.decision === 'park'
      ? park(one, pass, options)
      : replayDeadLetter(one.deadLetter, pass, options, options.signal));
  } catch (error) {
    return {
      ...untouched(one),
      outcome: 'failed',
      code: failureReason(error).code,
      isOutage: isOutage(error),
    };
  }
}

async function park(
  one: SummarizedMessage,
  pass: QueuePass,
  { parkedQueueUrl }: ReplayDeadLettersOptions,
): Promise<ReplayResult> {
  const { message, consumer, contents } = one.deadLetter;
  const { attempts } = one.summary;
  // A letter of ours says both itself, and may be as large as a message can be.
  const notes = contents.kind === 'record' ? {} : { ...message.notes, consumer, attempts };
  await pass.replace(message, notes, parkedQueueUrl);
  return { ...untouched(one), outcome: 'parked' };
}

const untouched = ({ deadLetter: { message, consumer } }: SummarizedMessage) => ({
  messageId: message.messageId,
  consumer,
  from: [],
  records: { replayed: 0, itemDeleted: 0, failed: 0 },
  isOutage: false,
});
