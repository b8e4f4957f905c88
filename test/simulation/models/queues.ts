import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  type MessageAttributeValue,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { UnmodelledError } from './attribute-value.ts';

interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttributeValue>>;
  readonly sentMs: number;
  receives: number;
  visibleAtMs: number;
}

/** A message that a queue has accepted, or that was deleted. */
export interface QueueChange {
  readonly queueUrl: string;
  readonly messageId: string;
  readonly sent?: Pick<Message, 'Body' | 'MessageAttributes'>;
}

type Attributes = Record<string, MessageAttributeValue> | undefined;

const VISIBILITY_SECONDS = 30;
const METADATA = { $metadata: {} };

/** Standard queues: a message is hidden once it was received, and comes again unless it is deleted. */
export class QueuesModel {
  readonly #queues = new Map<string, Map<string, StoredMessage>>();
  readonly #accepted = new Map<string, string[]>();
  readonly #nowMs: () => number;
  readonly #onChange: (change: QueueChange) => void;
  #sent = 0;

  /** @param onChange called at the moment at which a message is put on a queue or deleted. */
  constructor(nowMs: () => number, onChange: (change: QueueChange) => void = () => undefined) {
    this.#nowMs = nowMs;
    this.#onChange = onChange;
  }

  create(queueUrl: string): void {
    this.#queues.set(queueUrl, new Map());
    this.#accepted.set(queueUrl, []);
  }

  /** The body of every message that a queue ever accepted. */
  accepted(queueUrl: string): readonly string[] {
    return this.#accepted.get(queueUrl) ?? [];
  }

  /** The bodies of what lies on a queue, hidden or not. */
  bodies(queueUrl: string): readonly string[] {
    return [...this.#queue(queueUrl).values()].map(({ body }) => body);
  }

  /** Puts a message on a queue by no request: a bucket's notification. */
  send(queueUrl: string, body: string, attributes: Attributes = {}): string {
    this.#sent += 1;
    const messageId = `message-${this.#sent}`;
    const sentMs = this.#nowMs();
    this.#queue(queueUrl).set(messageId, {
      messageId,
      body,
      attributes,
      sentMs,
      receives: 0,
      visibleAtMs: sentMs,
    });
    this.#accepted.get(queueUrl)?.push(body);
    this.#onChange({ queueUrl, messageId, sent: { Body: body, MessageAttributes: attributes } });
    return messageId;
  }

  /** Executes a command. @throws what SQS does. `isHiddenToo`: returns what another has received as well. */
  execute(command: unknown, isHiddenToo = false): unknown {
    if (command instanceof SendMessageCommand) {
      const { QueueUrl = '', MessageBody = '', MessageAttributes } = command.input;
      return { ...METADATA, MessageId: this.send(QueueUrl, MessageBody, MessageAttributes) };
    }
    if (command instanceof SendMessageBatchCommand) {
      const { QueueUrl = '', Entries = [] } = command.input;
      const Successful = Entries.map(({ Id, MessageBody = '', MessageAttributes }) => ({
        Id,
        MessageId: this.send(QueueUrl, MessageBody, MessageAttributes),
      }));
      return { ...METADATA, Successful };
    }
    if (command instanceof ReceiveMessageCommand) return this.#receive(command, isHiddenToo);
    if (command instanceof DeleteMessageCommand) {
      const { QueueUrl = '', ReceiptHandle = '' } = command.input;
      const messageId = messageIdOf(ReceiptHandle);
      if (this.#queue(QueueUrl).delete(messageId)) this.#onChange({ queueUrl: QueueUrl, messageId });
      return METADATA;
    }
    if (command instanceof ChangeMessageVisibilityBatchCommand) return this.#hide(command);
    throw new UnmodelledError('A command of SQS');
  }

  #receive({ input }: ReceiveMessageCommand, isHiddenToo: boolean): object {
    const { QueueUrl = '', MaxNumberOfMessages = 1, VisibilityTimeout = VISIBILITY_SECONDS } = input;
    const nowMs = this.#nowMs();
    const isFree = ({ visibleAtMs }: StoredMessage): boolean => isHiddenToo || visibleAtMs <= nowMs;
    const received = [...this.#queue(QueueUrl).values()].filter(isFree).slice(0, MaxNumberOfMessages);
    for (const message of received) {
      message.receives += 1;
      message.visibleAtMs = nowMs + VisibilityTimeout * MS_PER_SECOND;
    }
    const Messages = received.map(({ messageId, body, attributes, sentMs, receives }) => ({
      MessageId: messageId,
      ReceiptHandle: `${messageId}|${receives}`,
      Body: body,
      Attributes: { ApproximateReceiveCount: String(receives), SentTimestamp: String(sentMs) },
      ...(Object.keys(attributes).length === 0 ? {} : { MessageAttributes: attributes }),
    }));
    return Messages.length === 0 ? METADATA : { ...METADATA, Messages };
  }

  #hide({ input: { QueueUrl = '', Entries = [] } }: ChangeMessageVisibilityBatchCommand): object {
    const queue = this.#queue(QueueUrl);
    const nowMs = this.#nowMs();
    const Successful: object[] = [];
    const Failed: object[] = [];
    for (const { Id, ReceiptHandle = '', VisibilityTimeout = 0 } of Entries) {
      const message = queue.get(messageIdOf(ReceiptHandle));
      const isHidden = message !== undefined && message.visibleAtMs > nowMs;
      if (isHidden) {
        message.visibleAtMs = nowMs + VisibilityTimeout * MS_PER_SECOND;
        Successful.push({ Id });
      } else Failed.push({ Id, SenderFault: true, Code: 'MessageNotInflight' });
    }
    return { ...METADATA, Successful, Failed };
  }

  #queue(queueUrl: string): Map<string, StoredMessage> {
    const queue = this.#queues.get(queueUrl);
    if (queue === undefined)
      throw new QueueDoesNotExist({ ...METADATA, message: 'The queue does not exist' });
    return queue;
  }
}

const messageIdOf = (receiptHandle: string): string => receiptHandle.split('|')[0] ?? '';
