import type { Logger } from '@aws-lambda-powertools/logger';
import { OrderStreamError } from '../../errors.ts';
import type { MessageSummary } from '../parse/dead-letter-summary.ts';
import { isTransientReason } from '../parse/failure-reason.ts';
import type { ReplayableQueue } from '../queue/queue-pass.ts';
import type { ReplayResult } from './replay-dead-letter.ts';
import {
  type Decision,
  type ReplayDeadLettersOptions,
  type ReplayEnd,
  replayDeadLetters,
} from './replay-dead-letters.ts';

/** The options of the automatic replay. */
export interface AutomaticReplayOptions
  extends Omit<
    ReplayDeadLettersOptions,
    'queue' | 'decide' | 'limit' | 'messagesMax' | 'report' | 'whenTrimmed'
  > {
  readonly queues: readonly ReplayableQueue[];
  readonly parkedQueueUrl: string;
  /** A dead letter whose records have failed so often is parked. */
  readonly attemptsMax: number;
  readonly logger: Pick<Logger, 'info' | 'warn'>;
}

/** The result of an automatic replay: dead letters by outcome, and how it ended on each queue. */
export interface AutomaticReplaySummary {
  readonly outcomes: Readonly<Partial<Record<ReplayResult['outcome'], number>>>;
  /** Those that cannot be read, or whose object the bucket did not return: a warning is logged for each, and each stays on its queue. */
  readonly unreadable: number;
  readonly ends: readonly ReplayEnd[];
}

/** The stream has trimmed the records of the pointers. Only a person starts the scan of the complete table instead. */
export class RecordsTrimmedError extends OrderStreamError {
  readonly code = 'records-trimmed';
  readonly remedy =
    'Replay the dead letter with npm run ops -- dlq replay, which reads the current state of the table.';
}

/** The most messages that one run reads; the next run continues. */
const MESSAGES_MAX = 2_000;
const FIRST_ATTEMPTS = 2;
const FIRST_WAIT_MS = 15 * 60 * 1_000;
const WAIT_GROWTH = 4;
const WAIT_MS_MAX = 12 * 3_600 * 1_000;

/**
 * Replays those dead letters that may succeed without a fix, until they are done or the signal aborts, and parks
 * those that have failed too often. Dead letters that need a fix of an item or a sink stay on their queue.
 *
 * An outage uses up few attempts: the run of a queue ends with the dead letters that failed by it, and a dead letter
 * that failed waits 15 minutes, then 1 hour, 4 hours and 12 hours.
 *
 * A queue that cannot be read does not stop the run of the next one.
 *
 * @throws the first error of a queue, after all of them were run.
 */
export async function replayAutomatically(options: AutomaticReplayOptions): Promise<AutomaticReplaySummary> {
  const { queues, attemptsMax, clock, logger } = options;
  const outcomes: Partial<Record<ReplayResult['outcome'], number>> = {};
  const ends: ReplayEnd[] = [];
  const report = (result: ReplayResult): void => {
    outcomes[result.outcome] = (outcomes[result.outcome] ?? 0) + 1;
    const { messageId, consumer, outcome, code, records } = result;
    const log = outcome === 'failed' || outcome === 'parked' ? logger.warn : logger.info;
    log.call(logger, 'Dead letter replayed automatically', { messageId, consumer, outcome, code, records });
  };
  let unreadable = 0;
  const decide = (summary: MessageSummary): Decision => {
    if (summary.kind === 'unreadable') {
      unreadable += 1;
      const { messageId, consumer, reason } = summary;
      logger.warn('Dead letter cannot be read', { messageId, consumer, reason });
    }
    return automaticReplayDecision(summary, attemptsMax, clock.now());
  };
  const failures: unknown[] = [];
  for (const queue of queues)
    try {
      const end = await replayDeadLetters({
        ...options,
        queue,
        report,
        decide,
        limit: MESSAGES_MAX,
        messagesMax: MESSAGES_MAX,
        whenTrimmed: async () => {
          throw new RecordsTrimmedError('The stream has trimmed the records of a batch');
        },
      });
      ends.push(end);
    } catch (error) {
      failures.push(error);
    }
  const [first] = failures;
  if (first !== undefined) throw first;
  return { outcomes, unreadable, ends };
}

/** What the automatic replay does with a dead letter. */
export function automaticReplayDecision(
  { kind, reason, attempts, failedAt }: MessageSummary,
  attemptsMax: number,
  now: Date,
): Decision {
  if (kind === 'unreadable' || (kind === 'record' && !isTransientReason(reason))) return 'skip';
  if (attempts >= attemptsMax) return 'park';
  const failed = failedAt === undefined || attempts < FIRST_ATTEMPTS ? 0 : Date.parse(failedAt);
  const waitMs = Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * WAIT_GROWTH ** (attempts - FIRST_ATTEMPTS));
  return now.getTime() >= failed + waitMs ? 'replay' : 'skip';
}
