import {
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { type RetryPolicy, withRetry } from '../../../pipelines/aws/retry.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import type { MappingLog } from '../event-source-mapping/activity.ts';
import { MESSAGES_A_READ_MAX } from './settings.ts';

const DELETES_A_REQUEST_MAX = 10;
const REQUEST_TIMEOUT_MS = 10_000;
/**
 * A server that is frozen (`ops chaos queue`) responds once it continues, to a read that was given up too: the messages of that response
 * would count as received, and be hidden for their visibility timeout. So no read is given up while a fault may last.
 */
const READ_TIMEOUT_MS = 3_600_000;
/** A read is retried through an outage of any length: the messages stay in the queue. */
const READ_POLICY: RetryPolicy = {
  attemptsMax: Number.POSITIVE_INFINITY,
  delayMsBase: 100,
  delayMsMax: 2_000,
  budgetMs: Number.POSITIVE_INFINITY,
};
/** A message that is not deleted within this time is delivered again, which at-least-once delivery allows. */
const DELETE_POLICY: RetryPolicy = { attemptsMax: 8, delayMsBase: 100, delayMsMax: 2_000, budgetMs: 10_000 };
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

/** The response to a batch of deletes contains failures. */
export class MessagesNotDeletedError extends OrderStreamError {
  readonly code = 'messages-not-deleted';
  readonly remedy = 'The messages are delivered again after their visibility timeout.';
}

/** The dependencies of {@link SourceQueue}. */
export interface SourceQueueDependencies {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** How long one read waits for a first message: 1 to 20 seconds. */
  readonly waitTimeSeconds: number;
  readonly log: MappingLog;
}

/** The queue that a mapping reads. */
export class SourceQueue {
  readonly #deps: SourceQueueDependencies;

  constructor(deps: SourceQueueDependencies) {
    this.#deps = deps;
  }

  /**
   * Waits for messages, up to `waitTimeSeconds`. Retries through an outage of any length.
   *
   * The signal does not cancel a read in progress: the queue would count the messages of its response as received.
   *
   * @throws the signal's reason if it aborts during an outage.
   */
  async receive(count: number, signal: AbortSignal): Promise<readonly Message[]> {
    const { sqs, queueUrl, waitTimeSeconds, log } = this.#deps;
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: Math.min(count, MESSAGES_A_READ_MAX),
      WaitTimeSeconds: waitTimeSeconds,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    const isRetryable = (error: unknown): boolean => {
      log.warn('The queue could not be read', { error });
      return true;
    };
    const read = () => sqs.send(command, { abortSignal: AbortSignal.timeout(READ_TIMEOUT_MS) });
    const { Messages = [] } = await withRetry(read, { policy: READ_POLICY, signal, isRetryable });
    return Messages;
  }

  /** Deletes messages from the queue. A message that cannot be deleted is delivered again. */
  async delete(messages: readonly { readonly receiptHandle: string }[]): Promise<void> {
    for (let from = 0; from < messages.length; from += DELETES_A_REQUEST_MAX) {
      const handles = messages
        .slice(from, from + DELETES_A_REQUEST_MAX)
        .map(({ receiptHandle }) => receiptHandle);
      try {
        await withRetry(() => this.#deleteOnce(handles), { policy: DELETE_POLICY, isRetryable: () => true });
      } catch (error) {
        this.#deps.log.error('Processed messages could not be deleted and will be delivered again', {
          error,
        });
      }
    }
  }

  /** How many messages the queue holds: visible, in flight or delayed. */
  async size(): Promise<number> {
    const { sqs, queueUrl } = this.#deps;
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...COUNTS] }),
      { abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
    );
    return COUNTS.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
  }

  async #deleteOnce(handles: readonly string[]): Promise<void> {
    const { sqs, queueUrl } = this.#deps;
    const { Failed = [] } = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: handles.map((ReceiptHandle, index) => ({ Id: String(index), ReceiptHandle })),
      }),
      { abortSignal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) },
    );
    if (Failed.length > 0)
      throw new MessagesNotDeletedError(`${Failed.length} messages were not deleted: ${Failed[0]?.Code}`);
  }
}
