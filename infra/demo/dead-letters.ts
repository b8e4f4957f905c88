import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { ConsumerDeadLetter } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { parseJson } from '../../contracts/reading.ts';

const MESSAGES_MAX = 10;
const RECEIVES_MAX = 1_000;
/** Longer than the reading takes, and short for whoever looks at the queue next. */
const HIDDEN_SECONDS = 5;

/** A letter of a consumer with its record, fetched from the bucket where that is where it lies. */
export interface ParsedDeadLetter {
  readonly deadLetter: ConsumerDeadLetter;
  readonly record: unknown;
}

/**
 * Reads the letters on a consumer's dead-letter queue and leaves them there for the operators: each is hidden for
 * some seconds and then back.
 *
 * @throws InvalidValueError for a message that is no letter of a consumer.
 */
export async function parsedDeadLetters(
  sqs: SQSClient,
  s3: S3Client,
  queueUrl: string,
): Promise<readonly ParsedDeadLetter[]> {
  const opened: ParsedDeadLetter[] = [];
  for (let receive = 0; receive < RECEIVES_MAX; receive += 1) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MESSAGES_MAX,
        WaitTimeSeconds: 0,
        VisibilityTimeout: HIDDEN_SECONDS,
      }),
    );
    if (Messages.length === 0) return opened;
    for (const { Body } of Messages) {
      const deadLetter = parseJson(ConsumerDeadLetter, Body ?? '');
      opened.push({
        deadLetter,
        record: 'recordAt' in deadLetter ? await fetched(s3, deadLetter.recordAt) : deadLetter.record,
      });
    }
  }
  throw new RangeError(`The queue still has messages after ${RECEIVES_MAX} receives`);
}

async function fetched(
  s3: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
): Promise<unknown> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return JSON.parse((await Body?.transformToString()) ?? '');
}
