import { systemClock as clock } from '../../../../pipelines/core/clock.ts';
import type { DeadLetter } from '../../../../pipelines/replay/dead-letter.ts';
import type { LetterSummary } from '../../../../pipelines/replay/letter-summary.ts';
import { lookAtLetters } from '../../../../pipelines/replay/look-at-letters.ts';
import type { LetterQueue } from '../../../../pipelines/replay/replay-letters.ts';
import type { CommandContext } from '../../command.ts';

/** The most messages of a queue that one command looks at. */
export const MESSAGES_MAX = 10_000;

/** Looks at the letters of several queues that are meant, and leaves them there. */
export async function seenLetters(
  { target: { sqs, s3 }, signal }: Pick<CommandContext, 'target' | 'signal'>,
  queues: readonly LetterQueue[],
  isMeant: (summary: LetterSummary) => boolean,
  limit: number,
): Promise<{ readonly letters: readonly DeadLetter[]; readonly isCutShort: boolean }> {
  const letters: DeadLetter[] = [];
  let isCutShort = false;
  for (const queue of queues) {
    if (letters.length >= limit) return { letters, isCutShort: true };
    const seen = await lookAtLetters({
      ...{ sqs, s3, clock, queue, isMeant, signal },
      limit: limit - letters.length,
      messagesMax: MESSAGES_MAX,
    });
    letters.push(...seen.letters);
    isCutShort ||= seen.isCutShort;
  }
  return { letters, isCutShort };
}
