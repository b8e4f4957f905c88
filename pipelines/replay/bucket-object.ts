import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { PayloadLocation } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { PermanentError } from '../core/errors.ts';

/** What a letter keeps in its bucket is no more there, or is no JSON. */
export class PayloadLostError extends PermanentError {
  readonly code = 'payload-lost';
  readonly remedy =
    'Compare the table with what the consumer keeps (npm run ops -- verify), then purge the letter.';
}

/** Reads what a letter keeps in its bucket. @throws PayloadLostError, or the SDK's own errors. */
export async function bucketObject(
  s3: S3Client,
  { bucket, key }: PayloadLocation,
  abortSignal: AbortSignal,
): Promise<unknown> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    return JSON.parse((await Body?.transformToString()) ?? '');
  } catch (error) {
    if (error instanceof NoSuchKey)
      throw new PayloadLostError('The object of the letter is no more in its bucket');
    if (error instanceof SyntaxError) throw new PayloadLostError('The object of the letter is no JSON');
    throw error;
  }
}
