import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../core/clock.ts';
import { type DeadLetter, openDeadLetter } from './dead-letter.ts';
import { type LetterSummary, letterSummary } from './letter-summary.ts';
import { QueuePass } from './queue-pass.ts';
import type { LetterQueue } from './replay-letters.ts';

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

/** What was seen of a queue. */
export interface SeenLetters {
  readonly letters: readonly DeadLetter[];
  /** Whether there may be more of them. */
  readonly isCutShort: boolean;
}

const OPEN_MS = 60_000;

/** Looks at the letters of a queue that are meant, and leaves them there. @throws the SDK's own errors. */
export async function lookAtLetters(options: LookOptions): Promise<SeenLetters> {
  const letters: DeadLetter[] = [];
  const { isCutShort } = await visitLetters(options, async (letter) => {
    letters.push(letter);
  });
  return { letters, isCutShort };
}

/** Deletes the letters of a queue that are meant. What they keep in the bucket expires there. @throws the SDK's own errors. */
export async function purgeLetters(
  options: LookOptions,
  report: (letter: DeadLetter) => void,
): Promise<{ readonly isCutShort: boolean }> {
  return visitLetters(options, async (letter, pass) => {
    await pass.delete(letter.message);
    report(letter);
  });
}

async function visitLetters(
  { sqs, s3, queue, clock, isMeant, limit, messagesMax, signal }: LookOptions,
  visit: (letter: DeadLetter, pass: QueuePass) => Promise<void>,
): Promise<{ readonly isCutShort: boolean }> {
  await using pass = new QueuePass({ sqs, queueUrl: queue.queueUrl, clock, messagesMax });
  let left = limit;
  while (left > 0 && !signal.aborted) {
    const messages = await pass.next();
    if (messages.length === 0) return { isCutShort: pass.isCutShort };
    const within = AbortSignal.timeout(OPEN_MS);
    const letters = await Promise.all(
      messages.map((message) => openDeadLetter(message, queue.consumer, s3, within)),
    );
    const meant = letters.filter((letter) => isMeant(letterSummary(letter))).slice(0, left);
    left -= meant.length;
    for (const letter of meant) await visit(letter, pass);
  }
  return { isCutShort: true };
}
