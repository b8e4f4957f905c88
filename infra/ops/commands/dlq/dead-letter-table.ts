import { systemClock as clock } from '../../../../pipelines/clock.ts';
import type {
  ListedDeadLetters,
  LookOptions,
} from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { Contents, DeadLetter, Unparsed } from '../../../../pipelines/dead-letters/parse/dead-letter.ts';
import {
  type MessageSummary,
  messageSummary,
} from '../../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import type { ReplayableQueue } from '../../../../pipelines/dead-letters/queue/queue-pass.ts';
import type { CommandContext } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import { type Output, visible } from '../../output.ts';
import { type Unmatched, unmatchedText } from './dead-letter-options.ts';

const HEADS = [
  'message',
  'consumer',
  'kind',
  'reason',
  'items',
  'records',
  'attempts',
  'received',
  'first seen',
];

/**
 * Prints letters as a table, and what there is where the filters let none pass.
 *
 * @returns how a command ends that only looks.
 */
export function printDeadLetters(
  out: Output,
  deadLetters: readonly DeadLetter<Contents | Unparsed>[],
  isCutShort: boolean,
  unmatched: Unmatched | undefined,
): ExitCode {
  const summaries = deadLetters.map(messageSummary);
  out.table(HEADS, summaries.map(rowOf), { deadLetters: summaries, isCutShort, unmatched });
  if (unmatched !== undefined) out.line(unmatchedText(unmatched));
  if (isCutShort) out.line('There may be more: not all messages of the queues were looked at.');
  return unmatched === undefined ? EXIT.ok : EXIT.differs;
}

const rowOf = (summary: MessageSummary) => [
  summary.messageId,
  summary.consumer ?? '',
  summary.kind,
  summary.reason,
  summary.entities.join(', '),
  summary.records,
  summary.attempts,
  summary.receives,
  summary.firstSeenAt,
];

/** The most messages of a queue that one command looks at. */
export const MESSAGES_MAX = 10_000;

/** What of several queues is looked at. */
export interface Look<Inside> {
  readonly queues: readonly ReplayableQueue[];
  readonly isMeant: (summary: MessageSummary) => boolean;
  readonly limit: number;
  /** How one queue is looked at. */
  readonly lookAt: (options: LookOptions) => Promise<ListedDeadLetters<Inside>>;
}

/** Looks at the letters of several queues that are meant, and leaves them there. */
export async function listedDeadLetters<Inside = Contents>(
  { target: { sqs, s3 }, signal }: Pick<CommandContext, 'target' | 'signal'>,
  { queues, isMeant, limit, lookAt }: Look<Inside>,
): Promise<ListedDeadLetters<Inside>> {
  const deadLetters: DeadLetter<Inside>[] = [];
  let isCutShort = false;
  for (const queue of queues) {
    if (deadLetters.length >= limit) return { deadLetters, isCutShort: true };
    const seen = await lookAt({
      ...{ sqs, s3, clock, queue, isMeant, signal },
      limit: limit - deadLetters.length,
      messagesMax: MESSAGES_MAX,
    });
    deadLetters.push(...seen.deadLetters);
    isCutShort ||= seen.isCutShort;
  }
  return { deadLetters, isCutShort };
}

/** Says on standard error that a letter was not met. */
export function noSuchDeadLetter(messageId: string): ExitCode {
  console.error(
    `No letter ${visible(messageId)} was met. Another may just look at it, which hides it for two minutes at most; a letter that was replayed in vain has a new id (dlq list).`,
  );
  return EXIT.differs;
}
