import type { MessageAttributeValue, PublishBatchRequestEntry } from '@aws-sdk/client-sns';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';

/** One event as `PublishBatch` takes it, but for the entry's id, which is its place in a batch. */
export type TopicEntry = Omit<PublishBatchRequestEntry, 'Id'> & {
  readonly Message: string;
  readonly MessageAttributes: Readonly<Record<string, TextAttribute>>;
};

interface TextAttribute extends MessageAttributeValue {
  readonly DataType: 'String';
  readonly StringValue: string;
}

const text = (value: string): TextAttribute => ({ DataType: 'String', StringValue: value });

/**
 * An event as an SNS message: CloudEvents' structured mode in JSON, with `type`, `status` and `currency` as message attributes
 * for filter policies. See https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html.
 */
export const topicEntryOf = (event: OrderNotification): TopicEntry => ({
  Message: JSON.stringify(event),
  MessageAttributes: {
    type: text(event.type),
    status: text(event.data.status),
    currency: text(event.data.currency),
  },
});

/** What an entry counts for in the limit of a request: its body and its attributes' names, types and values, in UTF-8 bytes. */
export function entryBytes(entry: TopicEntry): number {
  const attributes = Object.entries(entry.MessageAttributes).map(
    ([name, { DataType, StringValue }]) => `${name}${DataType}${StringValue}`,
  );
  return Buffer.byteLength(entry.Message) + Buffer.byteLength(attributes.join(''));
}
