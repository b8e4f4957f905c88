import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import type { SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { PAYLOAD_BYTES_MAX } from '../lambda/invocation-result.ts';

/**
 * A message as Lambda passes it to a function.
 * See https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html.
 */
export function toSqsRecord(message: Message, queueArn: string): SQSRecord {
  const { Attributes: attributes = {}, MessageAttributes: messageAttributes = {} } = message;
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: {
      ...attributes,
      ApproximateReceiveCount: attributes.ApproximateReceiveCount ?? '',
      SentTimestamp: attributes.SentTimestamp ?? '',
      SenderId: attributes.SenderId ?? '',
      ApproximateFirstReceiveTimestamp: attributes.ApproximateFirstReceiveTimestamp ?? '',
    },
    messageAttributes: Object.fromEntries(
      Object.entries(messageAttributes).map(([name, value]) => [name, toSqsMessageAttribute(value)]),
    ),
    md5OfBody: message.MD5OfBody ?? '',
    ...(message.MD5OfMessageAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}

const toSqsMessageAttribute = (value: MessageAttributeValue): SQSMessageAttribute => ({
  ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
  ...(value.BinaryValue === undefined
    ? {}
    : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
  stringListValues: [],
  binaryListValues: [],
  dataType: value.DataType ?? '',
});

const ENVELOPE_BYTES = Buffer.byteLength(JSON.stringify({ Records: [] }));

/**
 * Splits records, in order, so that each event stays within Lambda's 6 MB: ten messages of a queue may be larger. A record that is
 * too large alone becomes an event of its own.
 */
export function withinPayload(
  records: readonly SQSRecord[],
  bytesMax: number = PAYLOAD_BYTES_MAX,
): readonly (readonly SQSRecord[])[] {
  const events: SQSRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const recordBytes = Buffer.byteLength(JSON.stringify(record)) + 1;
    const last = events.at(-1);
    if (last === undefined || bytes + recordBytes > bytesMax) {
      events.push([record]);
      bytes = ENVELOPE_BYTES + recordBytes;
    } else {
      last.push(record);
      bytes += recordBytes;
    }
  }
  return events;
}
