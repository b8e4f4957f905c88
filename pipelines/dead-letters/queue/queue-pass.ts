import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import type { ConsumerName } from '../../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { CONFLICT_RETRY, withRetry } from '../../aws/retry.ts';
import { settleAll } from '../../aws/settle-all.ts';
import type { Clock } from '../../clock.ts';
import { type OpenState, unreadableIdOf } from '../../operations/dead-letter-entry.ts';
import {
  type Contents,
  type DeadLetter,
  type FetchDeps,
  parseDeadLetter,
  readDeadLetter,
  type Unparsed,
} from '../parse/dead-letter.ts';
import { type MessageSummary, messageSummary } from '../parse/dead-letter-summary.ts';
import type { OwnPlaces } from '../parse/own-places.ts';
import { type MessageNotes, type QueuedMessage, queuedMessage } from '../parse/queued-message.ts';

/** A queue of dead letters. */
export interface ReplayableQueue {
  readonly queueUrl: string;
  /** The consumer whose dead letters it holds; `undefined` where it holds those of several, and each dead letter names its own. */
  readonly consumer: ConsumerName | undefined;
}

/** What the store says of the dead letters on a queue: only the parking queue holds those of several consumers. */
export const stateOn = ({ consumer }: ReplayableQueue): OpenState =>
  consumer === undefined ? 'parked' : 'waiting';

/** The dependencies of a {@link QueuePass}. */
export interface QueuePassOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly clock: Pick<Clock, 'now'>;
  /** The most messages that the pass reads. */
  readonly messagesMax: number;
  /** The visibility timeout of a received message; 120 s by default. */
  readonly hiddenSeconds?: number;
}

const HIDDEN_SECONDS = 120;
/** A long poll queries all of SQS's servers, so that one empty response is the end. */
const WAIT_SECONDS = 1;
const MESSAGES_AT_ONCE = 10;
/** A pass over thousands of messages must return them within seconds. */
const REQUESTS_AT_ONCE = 10;
/** After so many receives without a new message the pass ends: skipped messages are visible again. */
const OLD_RECEIVES_MAX = 3;
/** The share of the visibility timeout after which it is extended. */
const KEEP_AFTER = 0.25;

interface Held {
  readonly message: QueuedMessage;
  readonly untilMs: number;
}

/**
 * One pass over a queue that reads each message once. Received messages are hidden until they are deleted. The others are
 * visible again when the pass ends, so that the queue is as it was, except for the messages' receive counts and their order.
 * See https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html.
 */
export class QueuePass implements AsyncDisposable {
  readonly #options: QueuePassOptions;
  readonly #hiddenSeconds: number;
  readonly #seen = new Set<string>();
  readonly #held = new Map<string, Held>();
  #current: readonly QueuedMessage[] = [];
  #keptAtMs = 0;
  #oldReceives = 0;
  #isCutShort = false;

  constructor(options: QueuePassOptions) {
    this.#options = options;
    this.#hiddenSeconds = options.hiddenSeconds ?? HIDDEN_SECONDS;
  }

  /** Whether the pass ended without an empty response: there may be more messages. */
  get isCutShort(): boolean {
    return this.#isCutShort;
  }

  /** The next messages, ten at most; none when the pass is over. @throws the SDK's own errors. */
  async next(): Promise<readonly QueuedMessage[]> {
    while (this.#oldReceives < OLD_RECEIVES_MAX && this.#seen.size < this.#options.messagesMax) {
      const received = await this.#receive();
      if (received.length === 0) return [];
      const fresh = received.filter(({ messageId }) => !this.#seen.has(messageId));
      this.#oldReceives = fresh.length === 0 ? this.#oldReceives + 1 : 0;
      this.#current = fresh;
      for (const { messageId } of fresh) this.#seen.add(messageId);
      if (fresh.length > 0) return fresh;
    }
    this.#isCutShort = true;
    return [];
  }

  /** Extends the visibility timeout of the last messages of {@link next}, where that is due. Call it with each step of work. */
  async keep(): Promise<void> {
    const now = this.#nowMs();
    if (now - this.#keptAtMs < this.#hiddenSeconds * MS_PER_SECOND * KEEP_AFTER) return;
    this.#keptAtMs = now;
    const current = this.#current.filter(({ messageId }) => this.#held.has(messageId));
    await this.#hide(current, this.#hiddenSeconds);
    for (const message of current) this.#hold(message, now);
  }

  /** Deletes a message. */
  async delete(message: QueuedMessage): Promise<void> {
    const { sqs, queueUrl: QueueUrl } = this.#options;
    const command = new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.receiptHandle });
    await withRetry(() => sqs.send(command), { policy: CONFLICT_RETRY });
    this.#held.delete(message.messageId);
  }

  /** Sends a received message again, with notes, to its queue or another. The old one stays until it is deleted. */
  async resend(
    message: QueuedMessage,
    notes: MessageNotes,
    queueUrl = this.#options.queueUrl,
  ): Promise<void> {
    const { sqs } = this.#options;
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: message.body,
      MessageAttributes: attributesOf(notes),
    });
    await withRetry(() => sqs.send(command), { policy: CONFLICT_RETRY });
  }

  /** Makes the messages visible that this pass still hides. */
  async [Symbol.asyncDispose](): Promise<void> {
    const now = this.#nowMs();
    // A message whose visibility timeout has ended is visible already, and another receiver may hold it.
    const held = [...this.#held.values()].filter(({ untilMs }) => untilMs > now);
    this.#held.clear();
    await this.#hide(
      held.map(({ message }) => message),
      0,
    );
  }

  async #receive(): Promise<readonly QueuedMessage[]> {
    const { sqs, queueUrl } = this.#options;
    const sentAtMs = this.#nowMs();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MESSAGES_AT_ONCE,
        VisibilityTimeout: this.#hiddenSeconds,
        WaitTimeSeconds: WAIT_SECONDS,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
        MessageAttributeNames: ['All'],
      }),
    );
    const messages = Messages.map(queuedMessage);
    this.#keptAtMs = sentAtMs;
    for (const message of messages) this.#hold(message, sentAtMs);
    return messages;
  }

  #hold(message: QueuedMessage, sinceMs: number): void {
    const untilMs = sinceMs + this.#hiddenSeconds * MS_PER_SECOND;
    this.#held.set(message.messageId, { message, untilMs });
  }

  /** An entry that fails is a message that is no longer hidden. That is the aim of a release, and an extension cannot change it. */
  async #hide(messages: readonly QueuedMessage[], seconds: number): Promise<void> {
    const { sqs, queueUrl } = this.#options;
    const limit = pLimit(REQUESTS_AT_ONCE);
    const starts = Array.from(
      { length: Math.ceil(messages.length / MESSAGES_AT_ONCE) },
      (_, n) => n * MESSAGES_AT_ONCE,
    );
    const batches = starts.map((start) => messages.slice(start, start + MESSAGES_AT_ONCE));
    await settleAll(
      batches.map((batch) =>
        limit(async () => {
          const command = new ChangeMessageVisibilityBatchCommand({
            QueueUrl: queueUrl,
            Entries: batch.map(({ receiptHandle }, index) => ({
              Id: String(index),
              ReceiptHandle: receiptHandle,
              VisibilityTimeout: seconds,
            })),
          });
          await withRetry(() => sqs.send(command), { policy: CONFLICT_RETRY });
        }),
      ),
    );
  }

  #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}

const attributesOf = ({ consumer, attempts, failedAt, nextRecord }: MessageNotes) => ({
  ...(consumer === undefined ? {} : { consumer: textAttribute(consumer) }),
  ...(attempts === undefined ? {} : { attempts: { DataType: 'Number', StringValue: String(attempts) } }),
  ...(failedAt === undefined ? {} : { failedAt: textAttribute(failedAt) }),
  ...(nextRecord === undefined ? {} : { nextRecord: textAttribute(nextRecord) }),
});

const textAttribute = (StringValue: string) => ({ DataType: 'String', StringValue });

/** A dead letter with its summary. */
export interface SummarizedMessage<Inside = Contents> {
  readonly deadLetter: DeadLetter<Inside>;
  readonly summary: MessageSummary;
}

const PARSE_MS = 60_000;

/** Reads messages, and fetches nothing from a bucket. Never throws: a message that cannot be read is an unreadable dead letter. */
export const readMessages = (
  messages: readonly QueuedMessage[],
  consumer: ConsumerName | undefined,
  own: OwnPlaces,
): readonly SummarizedMessage<Contents | Unparsed>[] =>
  messages.map((message) => {
    try {
      return summarized(readDeadLetter(message, consumer, own));
    } catch (error) {
      return unreadable({ message, consumer }, error);
    }
  });

/** Fetches the objects of dead letters, in 60 s at most. Never throws: each that cannot be read is unreadable. */
export function parseMessages(
  deadLetters: readonly SummarizedMessage<Contents | Unparsed>[],
  deps: FetchDeps,
  signal: AbortSignal,
): Promise<readonly SummarizedMessage[]> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(PARSE_MS)]);
  return Promise.all(
    deadLetters.map(async ({ deadLetter }) => {
      try {
        return summarized(await parseDeadLetter(deadLetter, deps, within));
      } catch (error) {
        return unreadable(deadLetter, error);
      }
    }),
  );
}

const summarized = <Inside extends Contents | Unparsed>(
  deadLetter: DeadLetter<Inside>,
): SummarizedMessage<Inside> => ({ deadLetter, summary: messageSummary(deadLetter) });

/** An error of this code, which no message is known to cause, affects only its message. */
function unreadable(
  { message, consumer }: Pick<DeadLetter, 'message' | 'consumer'>,
  error: unknown,
): SummarizedMessage {
  const issue = `It cannot be read: ${error instanceof Error ? error.name : 'unknown'}`;
  const id = unreadableIdOf(consumer, message.body);
  return summarized<Contents>({ id, message, consumer, contents: { kind: 'unreadable', issue } });
}
