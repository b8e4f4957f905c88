import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../../clock.ts';
import type { Contents, DeadLetter, Unparsed } from '../parse/dead-letter.ts';
import type { MessageSummary } from '../parse/dead-letter-summary.ts';
import type { ReplayableQueue } from '../queue/queue-pass.ts';
import { parseMessages, QueuePass, readMessages, type SummarizedMessage } from '../queue/queue-pass.ts';

/** How letters are looked at. */
export interface LookOptions {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly queue: ReplayableQueue;
  readonly clock: Pick<Clock, 'now'>;
  readonly isMeant: (summary: MessageSummary) => boolean;
  /** The most letters that are wanted. */
  readonly limit: number;
  /** The most messages that are looked at. */
  readonly messagesMax: number;
  readonly signal: AbortSignal;
}

/** How dead letters are looked at that need not be opened. */
export interface UnparsedListOptions extends LookOptions {
  /** Which of those that keep something in a bucket are opened: the filter asks for what the bucket alone tells. */
  readonly opens: (deadLetter: Unparsed) => boolean;
}

/** What was seen of a queue. */
export interface ListedDeadLetters<Inside = Contents> {
  readonly deadLetters: readonly DeadLetter<Inside>[];
  /** Whether there may be more of them. */
  readonly isCutShort: boolean;
}

/** Looks at the letters of a queue that are meant, and leaves them there. @throws the SDK's own errors of the queue. */
export async function listDeadLetters(options: LookOptions): Promise<ListedDeadLetters> {
  const deadLetters: DeadLetter[] = [];
  const open: Opening<Contents> = (read, signal) => parseMessages(read, options.s3, signal);
  const { isCutShort } = await visitMessages(options, open, async (deadLetter) => {
    deadLetters.push(deadLetter);
  });
  return { deadLetters, isCutShort };
}

/** As {@link lookAtLetters}, and opens no more of them than it is told to. @throws the SDK's own errors of the queue. */
export async function listUnparsed(
  options: UnparsedListOptions,
): Promise<ListedDeadLetters<Contents | Unparsed>> {
  const deadLetters: DeadLetter<Contents | Unparsed>[] = [];
  const { isCutShort } = await visitMessages(options, openingOf(options), async (deadLetter) => {
    deadLetters.push(deadLetter);
  });
  return { deadLetters, isCutShort };
}

/**
 * Deletes the letters of a queue that are meant, and opens none. What they keep in the bucket expires there.
 *
 * @throws the SDK's own errors of the queue.
 */
export async function purgeDeadLetters(
  options: LookOptions,
  report: (deadLetter: DeadLetter<Contents | Unparsed>) => void,
): Promise<{ readonly isCutShort: boolean }> {
  return visitMessages(
    options,
    async (read) => read,
    async (deadLetter, pass) => {
      await pass.delete(deadLetter.message);
      report(deadLetter);
    },
  );
}

type Opening<Inside> = (
  read: readonly SummarizedMessage<Contents | Unparsed>[],
  signal: AbortSignal,
) => Promise<readonly SummarizedMessage<Inside>[]>;

const openingOf =
  ({ s3, opens }: UnparsedListOptions): Opening<Contents | Unparsed> =>
  async (read, signal) => {
    const isWanted = ({ deadLetter: { contents } }: SummarizedMessage<Contents | Unparsed>): boolean =>
      contents.kind === 'unopened' && opens(contents);
    const opened = await parseMessages(read.filter(isWanted), s3, signal);
    return [...read.filter((one) => !isWanted(one)), ...opened];
  };

async function visitMessages<Inside>(
  { sqs, queue, clock, isMeant, limit, messagesMax, signal }: LookOptions,
  open: Opening<Inside>,
  visit: (deadLetter: DeadLetter<Inside>, pass: QueuePass) => Promise<void>,
): Promise<{ readonly isCutShort: boolean }> {
  await using pass = new QueuePass({ sqs, queueUrl: queue.queueUrl, clock, messagesMax });
  let left = limit;
  while (left > 0 && !signal.aborted) {
    const messages = await pass.next();
    if (messages.length === 0) return { isCutShort: pass.isCutShort };
    const deadLetters = await open(readMessages(messages, queue.consumer), signal);
    // What was not opened for want of time is no unreadable dead letter.
    if (signal.aborted) break;
    const meant = deadLetters.filter(({ summary }) => isMeant(summary)).slice(0, left);
    left -= meant.length;
    for (const { deadLetter } of meant) await visit(deadLetter, pass);
  }
  return { isCutShort: true };
}
