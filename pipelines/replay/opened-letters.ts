import type { S3Client } from '@aws-sdk/client-s3';
import type { ConsumerName } from '../../contracts/stream.ts';
import {
  type Contents,
  type DeadLetter,
  openDeadLetter,
  readDeadLetter,
  type Unopened,
} from './dead-letter.ts';
import { type LetterSummary, letterSummary } from './letter-summary.ts';
import type { QueuedMessage } from './queued-message.ts';

/** A dead letter beside what it is. */
export interface SummarizedLetter<Inside = Contents> {
  readonly letter: DeadLetter<Inside>;
  readonly summary: LetterSummary;
}

const OPEN_MS = 60_000;

/** Reads messages, and asks no bucket for anything. Never throws: what cannot be read is an unreadable dead letter. */
export const readLetters = (
  messages: readonly QueuedMessage[],
  consumer: ConsumerName | undefined,
): readonly SummarizedLetter<Contents | Unopened>[] =>
  messages.map((message) => {
    try {
      return summarized(readDeadLetter(message, consumer));
    } catch (error) {
      return unreadable({ message, consumer }, error);
    }
  });

/** Fetches what dead letters keep in their buckets, in 60 s at most. Never throws: each that cannot be read is unreadable. */
export function openedLetters(
  letters: readonly SummarizedLetter<Contents | Unopened>[],
  s3: S3Client,
  signal: AbortSignal,
): Promise<readonly SummarizedLetter[]> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(OPEN_MS)]);
  return Promise.all(
    letters.map(async ({ letter }) => {
      try {
        return summarized(await openDeadLetter(letter, s3, within));
      } catch (error) {
        return unreadable(letter, error);
      }
    }),
  );
}

const summarized = <Inside extends Contents | Unopened>(
  letter: DeadLetter<Inside>,
): SummarizedLetter<Inside> => ({ letter, summary: letterSummary(letter) });

/** A fault of this code, which no message is known to bring out, stays with the message that did. */
function unreadable({ message, consumer }: Omit<DeadLetter, 'contents'>, error: unknown): SummarizedLetter {
  const issue = `It cannot be read: ${error instanceof Error ? error.name : 'unknown'}`;
  return summarized<Contents>({ message, consumer, contents: { kind: 'unreadable', issue } });
}
