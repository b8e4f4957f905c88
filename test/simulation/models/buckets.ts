import { GetObjectCommand, NoSuchKey, PutObjectCommand } from '@aws-sdk/client-s3';
import { UnmodelledError } from './attribute-value.ts';

const METADATA = { $metadata: {} };

/** Buckets, as far as dead letters need them. */
export class BucketsModel {
  readonly #objects = new Map<string, string>();
  readonly #onObject: (bucket: string, key: string, body: string) => void;

  /** @param onObject called for each object that was put: a bucket notifies its queue. */
  constructor(onObject: (bucket: string, key: string, body: string) => void) {
    this.#onObject = onObject;
  }

  /** The body of an object; `undefined` where there is none. */
  object(bucket: string, key: string): string | undefined {
    return this.#objects.get(`${bucket}/${key}`);
  }

  /** Executes a command. @throws what S3 does. */
  execute(command: unknown): unknown {
    if (command instanceof PutObjectCommand) {
      const { Bucket = '', Key = '', Body } = command.input;
      if (typeof Body !== 'string') throw new UnmodelledError('A body that is no text');
      this.#objects.set(`${Bucket}/${Key}`, Body);
      this.#onObject(Bucket, Key, Body);
      return METADATA;
    }
    if (command instanceof GetObjectCommand) {
      const { Bucket = '', Key = '' } = command.input;
      const body = this.object(Bucket, Key);
      if (body === undefined)
        throw new NoSuchKey({ ...METADATA, message: 'The specified key does not exist.' });
      return { ...METADATA, Body: { transformToString: async () => body } };
    }
    throw new UnmodelledError('A command of S3');
  }
}
