import type { Contents, DeadLetter, Unopened } from '../../../../pipelines/replay/dead-letter.ts';
import { type LetterSummary, letterSummary } from '../../../../pipelines/replay/letter-summary.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import { type Unmatched, unmatchedText } from './letter-options.ts';

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
export function printLetters(
  out: Output,
  letters: readonly DeadLetter<Contents | Unopened>[],
  isCutShort: boolean,
  unmatched: Unmatched | undefined,
): ExitCode {
  const summaries = letters.map(letterSummary);
  out.table(HEADS, summaries.map(rowOf), { letters: summaries, isCutShort, unmatched });
  if (unmatched !== undefined) out.line(unmatchedText(unmatched));
  if (isCutShort) out.line('There may be more: not all messages of the queues were looked at.');
  return unmatched === undefined ? EXIT.ok : EXIT.differs;
}

const rowOf = (summary: LetterSummary) => [
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
