import { systemClock as clock } from '../../../../pipelines/core/clock.ts';
import type { Contents, DeadLetter } from '../../../../pipelines/replay/dead-letter.ts';
import type { LetterSummary } from '../../../../pipelines/replay/letter-summary.ts';
import type { LookOptions, SeenLetters } from '../../../../pipelines/replay/look-at-letters.ts';
import type { LetterQueue } from '../../../../pipelines/replay/replay-letters.ts';
import type { CommandContext } from '../../command.ts';

/** The most messages of a queue that one command looks at. */
export const MESSAGES_MAX = 10_000;

/** What of several queues is looked at. */
export interface Look<Inside> {
  readonly queues: readonly LetterQueue[];
  readonly isMeant: (summary: LetterSummary) => boolean;
  readonly limit: number;
  /** How one queue is looked at. */
  readonly lookAt: (options: LookOptions) => Promise<SeenLetters<Inside>>;
}

/** Looks at the letters of several queues that are meant, and leaves them there. */
export async function seenLetters<Inside = Contents>(
  { target: { sqs, s3 }, signal }: Pick<CommandContext, 'target' | 'signal'>,
  { queues, isMeant, limit, lookAt }: Look<Inside>,
): Promise<SeenLetters<Inside>> {
  const letters: DeadLetter<Inside>[] = [];
  let isCutShort = false;
  for (const queue of queues) {
    if (letters.length >= limit) return { letters, isCutShort: true };
    const seen = await lookAt({
      ...{ sqs, s3, clock, queue, isMeant, signal },
      limit: limit - letters.length,
      messagesMax: MESSAGES_MAX,
    });
    letters.push(...seen.letters);
    isCutShort ||= seen.isCutShort;
  }
  return { letters, isCutShort };
}
