import { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { PayloadLocation } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { PermanentError } from '../core/errors.ts';
import { boundedJson, InvalidJsonError } from './bounded-json.ts';

/** What a dead letter keeps in its bucket is no more there, or is nothing that a consumer or Lambda wrote. */
export class PayloadLostError extends PermanentError {
  readonly code = 'payload-lost';
  readonly remedy =
    'Compare the table with what the consumer keeps (npm run ops -- verify), then purge the letter.';
}

/**
 * The largest object that is read, in bytes. A batch of 6 MB is the most that Lambda hands over, and its JSON inside other
 * JSON is at most twice as long. See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html.
 */
const OBJECT_BYTES_MAX = 16 * 1_048_576;

/** Reads what a dead letter keeps in its bucket. @throws PayloadLostError, or the SDK's own errors. */
export async function bucketObject(
  s3: S3Client,
  { bucket, key }: PayloadLocation,
  abortSignal: AbortSignal,
): Promise<unknown> {
  try {
    const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal,
    });
    if (ContentLength > OBJECT_BYTES_MAX) {
      if (Body instanceof Readable) Body.destroy();
      throw new PayloadLostError(
        `The object of the letter has ${ContentLength} bytes, more than any batch has`,
      );
    }
    return boundedJson((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof NoSuchKey)
      throw new PayloadLostError('The object of the letter is no more in its bucket');
    if (error instanceof InvalidJsonError)
      throw new PayloadLostError(`The object of the letter ${error.issue}`);
    throw error;
  }
}
