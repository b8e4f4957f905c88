import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsErrorKind } from '../aws/aws-errors.ts';
import { type RetryPolicy, withRetry } from '../aws/retry.ts';
import { ObjectDeletedError } from './errors.ts';

/** An object by its address, and by its etag when its notification was sent. */
export interface ObjectSource {
  readonly bucket: string;
  readonly key: string;
  /** Without quotes; `undefined` where the notification has none. */
  readonly etag: string | undefined;
}

/** Bytes of one request: large enough that the number of requests does not matter, small enough to hold in memory. */
export const BLOCK_BYTES = 1_048_576;
/** For requests to S3. With the transport's own time-outs a read succeeds or fails in 25 s. */
export const S3_RETRY: RetryPolicy = {
  attemptsMax: 5,
  delayMsBase: 100,
  delayMsMax: 2_000,
  budgetMs: 10_000,
};

/**
 * An object that is read block by block, each a request of its own. One request for all of it would work only while the
 * reader keeps up: a reader that waits for a throttled table for seconds would find the connection closed.
 * See https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance-guidelines.html.
 */
export class ImportedObject {
  readonly #s3: S3Client;
  readonly #source: ObjectSource;
  readonly etag: string;
  readonly sizeBytes: number;
  /** The encodings over the content, as `gzip`. */
  readonly contentEncodings: readonly string[];

  private constructor(
    s3: S3Client,
    source: ObjectSource,
    head: { readonly etag: string; readonly sizeBytes: number; readonly contentEncodings: readonly string[] },
  ) {
    this.#s3 = s3;
    this.#source = source;
    this.etag = head.etag;
    this.sizeBytes = head.sizeBytes;
    this.contentEncodings = head.contentEncodings;
  }

  /** @throws ObjectDeletedError when it does not exist, or is another one. */
  static async open(s3: S3Client, source: ObjectSource): Promise<ImportedObject> {
    const { bucket: Bucket, key: Key } = source;
    const head = await attempt(() => s3.send(new HeadObjectCommand({ Bucket, Key })));
    const etag = (head.ETag ?? '').replaceAll('"', '');
    if (source.etag !== undefined && source.etag !== etag) throw replaced();
    return new ImportedObject(s3, source, {
      etag,
      sizeBytes: head.ContentLength ?? 0,
      contentEncodings: (head.ContentEncoding ?? '')
        .split(',')
        .map((encoding) => encoding.trim().toLowerCase())
        .filter((encoding) => encoding !== '' && encoding !== 'aws-chunked'),
    });
  }

  /**
   * The object's bytes from `offset` on.
   *
   * @throws ObjectDeletedError when it is replaced or deleted meanwhile, so that no two objects are mixed.
   */
  async *bytes(offset: number): AsyncGenerator<Uint8Array> {
    for (let from = offset; from < this.sizeBytes; from += BLOCK_BYTES) {
      const last = Math.min(from + BLOCK_BYTES, this.sizeBytes) - 1;
      yield await attempt(() => this.#block(from, last));
    }
  }

  async #block(from: number, last: number): Promise<Uint8Array> {
    const { Body } = await this.#s3.send(
      new GetObjectCommand({
        Bucket: this.#source.bucket,
        Key: this.#source.key,
        IfMatch: `"${this.etag}"`,
        Range: `bytes=${from}-${last}`,
      }),
    );
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  }
}

async function attempt<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await withRetry(request, { policy: S3_RETRY });
  } catch (error) {
    const kind = awsErrorKind(error);
    if (kind === 'condition') throw replaced(error);
    if (kind === 'not-found') throw new ObjectDeletedError('The object does not exist', { cause: error });
    throw error;
  }
}

const replaced = (cause?: unknown): ObjectDeletedError =>
  new ObjectDeletedError('The object has been replaced', { cause });
