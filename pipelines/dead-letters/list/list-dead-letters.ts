import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../../clock.ts';
import type { Contents, DeadLetter, Unopened } from '../parse/dead-letter.ts';
import type { LetterSummary } from '../parse/dead-letter-summary.ts';
import type { LetterQueue } from '../queue/queue-pass.ts';
import { openedLetters, QueuePass, readLetters, type SummarizedLetter } from '../queue/queue-pass.ts';

/** How letters are looked at. */
export interface LookOptions {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly queue: LetterQueue;
  readonly clock: Pick<Clock, 'now'>;
  readonly isMeant: (summary: LetterSummary) => boolean;
  /** The most letters that are wanted. */
  readonly limit: number;
  /** The most messages that are looked at. */
  readonly messagesMax: number;
  readonly signal: AbortSignal;
}

/** How dead letters are looked at that need not be opened. */
export interface UnopenedLookOptions extends LookOptions {
  /** Which of those that keep something in a bucket are opened: the filter asks for what the bucket alone tells. */
  readonly opens: (letter: Unopened) => boolean;
}

/** What was seen of a queue. */
export interface SeenLetters<Inside = Contents> {
  readonly letters: readonly DeadLetter<Inside>[];
  /** Whether there may be more of them. */
  readonly isCutShort: boolean;
}

/** Looks at the letters of a queue that are meant, and leaves them there. @throws the SDK's own errors of the queue. */
export async function lookAtLetters(options: LookOptions): Promise<SeenLetters> {
  const letters: DeadLetter[] = [];
  const open: Opening<Contents> = (read, signal) => openedLetters(read, options.s3, signal);
  const { isCutShort } = await visitLetters(options, open, async (letter) => {
    letters.push(letter);
  });
  return { letters, isCutShort };
}

/** As {@link lookAtLetters}, and opens no more of them than it is told to. @throws the SDK's own errors of the queue. */
export async function lookAtUnopened(
  options: UnopenedLookOptions,
): Promise<SeenLetters<Contents | Unopened>> {
  const letters: DeadLetter<Contents | Unopened>[] = [];
  const { isCutShort } = await visitLetters(options, openingOf(options), async (letter) => {
    letters.push(letter);
  });
  return { letters, isCutShort };
}

/**
 * Deletes the letters of a queue that are meant, and opens none. What they keep in the bucket expires there.
 *
 * @throws the SDK's own errors of the queue.
 */
export async function purgeLetters(
  options: LookOptions,
  report: (letter: DeadLetter<Contents | Unopened>) => void,
): Promise<{ readonly isCutShort: boolean }> {
  return visitLetters(
    options,
    async (read) => read,
    async (letter, pass) => {
      await pass.delete(letter.message);
      report(letter);
    },
  );
}

type Opening<Inside> = (
  read: readonly SummarizedLetter<Contents | Unopened>[],
  signal: AbortSignal,
) => Promise<readonly SummarizedLetter<Inside>[]>;

const openingOf =
  ({ s3, opens }: UnopenedLookOptions): Opening<Contents | Unopened> =>
  async (read, signal) => {
    const isWanted = ({ letter: { contents } }: SummarizedLetter<Contents | Unopened>): boolean =>
      contents.kind === 'unopened' && opens(contents);
    const opened = await openedLetters(read.filter(isWanted), s3, signal);
    return [...read.filter((one) => !isWanted(one)), ...opened];
  };

async function visitLetters<Inside>(
  { sqs, queue, clock, isMeant, limit, messagesMax, signal }: LookOptions,
  open: Opening<Inside>,
  visit: (letter: DeadLetter<Inside>, pass: QueuePass) => Promise<void>,
): Promise<{ readonly isCutShort: boolean }> {
  await using pass = new QueuePass({ sqs, queueUrl: queue.queueUrl, clock, messagesMax });
  let left = limit;
  while (left > 0 && !signal.aborted) {
    const messages = await pass.next();
    if (messages.length === 0) return { isCutShort: pass.isCutShort };
    const letters = await open(readLetters(messages, queue.consumer), signal);
    // What was not opened for want of time is no unreadable dead letter.
    if (signal.aborted) break;
    const meant = letters.filter(({ summary }) => isMeant(summary)).slice(0, left);
    left -= meant.length;
    for (const { letter } of meant) await visit(letter, pass);
  }
  return { isCutShort: true };
}
