import { systemClock as clock } from '../../../../pipelines/clock.ts';
import type {
  ListedDeadLetters,
  ListOptions,
} from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { Contents, DeadLetter, Unparsed } from '../../../../pipelines/dead-letters/parse/dead-letter.ts';
import {
  type MessageSummary,
  messageSummary,
} from '../../../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import type { ReplayableQueue } from '../../../../pipelines/dead-letters/queue/queue-pass.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import { type Output, visible } from '../../command-line/output.ts';
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
 * Prints dead letters as a table, and what is on the queues if none matches the filters.
 *
 * @returns the exit code of a command that changes nothing.
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
  if (isCutShort)
    out.line('There may be more dead letters: the command did not read all messages of the queues.');
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

/** The most messages of a queue that one command reads. */
export const MESSAGES_MAX = 10_000;

/** Which dead letters of several queues are listed. */
export interface Listing<Inside> {
  readonly queues: readonly ReplayableQueue[];
  readonly isMeant: (summary: MessageSummary) => boolean;
  readonly limit: number;
  /** Lists the dead letters of one queue. */
  readonly listQueue: (options: ListOptions) => Promise<ListedDeadLetters<Inside>>;
}

/** Lists the selected dead letters of several queues, and leaves them there. */
export async function listedDeadLetters<Inside = Contents>(
  { target: { sqs, s3 }, signal }: Pick<CommandContext, 'target' | 'signal'>,
  { queues, isMeant, limit, listQueue }: Listing<Inside>,
): Promise<ListedDeadLetters<Inside>> {
  const deadLetters: DeadLetter<Inside>[] = [];
  let isCutShort = false;
  for (const queue of queues) {
    if (deadLetters.length >= limit) return { deadLetters, isCutShort: true };
    const seen = await listQueue({
      ...{ sqs, s3, clock, queue, isMeant, signal },
      limit: limit - deadLetters.length,
      messagesMax: MESSAGES_MAX,
    });
    deadLetters.push(...seen.deadLetters);
    isCutShort ||= seen.isCutShort;
  }
  return { deadLetters, isCutShort };
}

/** Reports on standard error that no dead letter has this id. */
export function noSuchDeadLetter(messageId: string): ExitCode {
  console.error(
    `No dead letter ${visible(messageId)} was found. If another command reads it now, it is hidden for up to two minutes. After a failed replay it has a new id: see dlq list.`,
  );
  return EXIT.differs;
}
