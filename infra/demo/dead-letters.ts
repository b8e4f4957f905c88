import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { ConsumerDeadLetter } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { parseJson } from '../../contracts/reading.ts';

const MESSAGES_MAX = 10;
const RECEIVES_MAX = 1_000;
/** Longer than the reads take, and short enough for the next reader of the queue. */
const HIDDEN_SECONDS = 5;

/** A dead letter of a consumer with its record, which is read from the bucket if it is there. */
export interface ParsedDeadLetter {
  readonly deadLetter: ConsumerDeadLetter;
  readonly record: unknown;
}

/**
 * Reads the dead letters of a consumer's dead-letter queue and leaves them there for the operators. Each is hidden for
 * five seconds and then visible again.
 *
 * @throws InvalidValueError for a message that is not a dead letter of a consumer.
 */
export async function parsedDeadLetters(
  sqs: SQSClient,
  s3: S3Client,
  queueUrl: string,
): Promise<readonly ParsedDeadLetter[]> {
  const parsed: ParsedDeadLetter[] = [];
  for (let receive = 0; receive < RECEIVES_MAX; receive += 1) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: MESSAGES_MAX,
        WaitTimeSeconds: 0,
        VisibilityTimeout: HIDDEN_SECONDS,
      }),
    );
    if (Messages.length === 0) return parsed;
    for (const { Body } of Messages) {
      const deadLetter = parseJson(ConsumerDeadLetter, Body ?? '');
      parsed.push({
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
