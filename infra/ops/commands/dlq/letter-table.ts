import type { DeadLetter } from '../../../../pipelines/replay/dead-letter.ts';
import { type LetterSummary, letterSummary } from '../../../../pipelines/replay/letter-summary.ts';
import type { Output } from '../../output.ts';

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

/** Prints letters as a table. */
export function printLetters(out: Output, letters: readonly DeadLetter[], isCutShort: boolean): void {
  const summaries = letters.map(letterSummary);
  out.table(HEADS, summaries.map(rowOf), { letters: summaries, isCutShort });
  if (isCutShort) out.line('There may be more: not all messages of the queues were looked at.');
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
