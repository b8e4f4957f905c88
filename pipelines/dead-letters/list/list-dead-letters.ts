import type { SQSClient } from '@aws-sdk/client-sqs';
import { settleAll } from '../../aws/settle-all.ts';
import type { Clock } from '../../clock.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import type { Contents, DeadLetter, FetchDeps, Unparsed } from '../parse/dead-letter.ts';
import { type MessageSummary, messageEntry } from '../parse/dead-letter-summary.ts';
import {
  parseMessages,
  QueuePass,
  type ReplayableQueue,
  readMessages,
  type SummarizedMessage,
  stateOn,
} from '../queue/queue-pass.ts';

/** How dead letters are listed. */
export interface ListOptions extends FetchDeps {
  readonly sqs: SQSClient;
  readonly queue: ReplayableQueue;
  readonly clock: Pick<Clock, 'now'>;
  /** Called before anything is fetched from a bucket: the summary has only what is in the message. */
  readonly isMeant: (summary: MessageSummary) => boolean;
  /** The most dead letters of the list. */
  readonly limit: number;
  /** The most messages that are read. */
  readonly messagesMax: number;
  readonly signal: AbortSignal;
}

/** How dead letters are purged. */
export interface PurgeOptions extends ListOptions {
  readonly store: Pick<DeadLetterStore, 'register' | 'end'>;
  /** Who purges them. */
  readonly actor: string;
}

/** The dead letters of a queue. */
export interface ListedDeadLetters<Inside = Contents> {
  readonly deadLetters: readonly DeadLetter<Inside>[];
  /** Whether there may be more of them. */
  readonly isCutShort: boolean;
}

/** Lists the dead letters of a queue that match, and keeps them there. @throws the SDK's own errors of the queue. */
export async function listDeadLetters(options: ListOptions): Promise<ListedDeadLetters> {
  const deadLetters: DeadLetter[] = [];
  const parse: Parser<Contents> = (read, signal) => parseMessages(read, options, signal);
  const { isCutShort } = await visitMessages(options, parse, async (deadLetter) => {
    deadLetters.push(deadLetter);
  });
  return { deadLetters, isCutShort };
}

/**
 * Deletes the dead letters of a queue that match, and parses none. Their contents in the bucket expire there.
 *
 * @throws the SDK's own errors of the queue.
 */
export async function purgeDeadLetters(
  options: PurgeOptions,
  report: (deadLetter: DeadLetter<Contents | Unparsed>) => void,
): Promise<{ readonly isCutShort: boolean }> {
  const { store, actor, queue } = options;
  return visitMessages(
    options,
    async (read) => {
      await store.register(
        read.map(({ deadLetter }) => messageEntry(deadLetter)),
        stateOn(queue),
      );
      return read;
    },
    async (deadLetter, pass) => {
      await store.end(deadLetter.id, 'purged', actor);
      await pass.delete(deadLetter.message);
      report(deadLetter);
    },
  );
}

/**
 * Reads a complete queue, and makes the store know each of its dead letters: those that an earlier version put there, or that an
 * attempt did not finish. The automatic replay does the same with what it reads.
 *
 * @throws the SDK's own errors of the queue and the store.
 */
export async function registerDeadLetters(
  options: Omit<ListOptions, 'isMeant' | 'limit'> & { readonly store: Pick<DeadLetterStore, 'register'> },
): Promise<{ readonly isCutShort: boolean }> {
  const { store, queue, messagesMax } = options;
  const parse: Parser<Contents> = async (read, signal) => {
    const parsed = await parseMessages(read, options, signal);
    if (signal.aborted) return parsed;
    const entries = parsed.map(({ deadLetter }) => messageEntry(deadLetter));
    await store.register(entries, stateOn(queue));
    return parsed;
  };
  return visitMessages({ ...options, isMeant: () => true, limit: messagesMax }, parse, async () => undefined);
}

type Parser<Inside> = (
  read: readonly SummarizedMessage<Contents | Unparsed>[],
  signal: AbortSignal,
) => Promise<readonly SummarizedMessage<Inside>[]>;

async function visitMessages<Inside>(
  options: ListOptions,
  parse: Parser<Inside>,
  visit: (deadLetter: DeadLetter<Inside>, pass: QueuePass) => Promise<void>,
): Promise<{ readonly isCutShort: boolean }> {
  const { sqs, queue, clock, isMeant, limit, messagesMax, signal } = options;
  await using pass = new QueuePass({ sqs, queueUrl: queue.queueUrl, clock, messagesMax });
  let remaining = limit;
  while (remaining > 0 && !signal.aborted) {
    const messages = await pass.next();
    if (messages.length === 0) return { isCutShort: pass.isCutShort };
    const meant = readMessages(messages, queue.consumer, options).filter(({ summary }) => isMeant(summary));
    const deadLetters = await parse(meant.slice(0, remaining), signal);
    // A dead letter that was not parsed in time is not unreadable.
    if (signal.aborted) break;
    remaining -= deadLetters.length;
    await settleAll(deadLetters.map(({ deadLetter }) => visit(deadLetter, pass)));
  }
  return { isCutShort: true };
}
