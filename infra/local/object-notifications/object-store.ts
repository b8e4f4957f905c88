import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import type { ObjectCreatedName } from './object-created.ts';

/** An object as fauxqs keeps it. */
interface StoredObject {
  readonly key: string;
  readonly contentLength: number;
  readonly etag: string;
  readonly lastModified: Date;
}

/** What this file uses of the class that holds all of fauxqs's objects. */
interface ObjectStore {
  readonly multipartUploads: ReadonlyMap<string, { readonly bucket: string }>;
  putObject(bucket: string, ...rest: readonly unknown[]): StoredObject;
  completeMultipartUpload(uploadId: string, ...rest: readonly unknown[]): StoredObject;
}

/** Told of an object before whoever has put it gets an answer; what it throws becomes that answer, an error. */
export type OnObjectStored = (eventName: ObjectCreatedName, bucket: string, object: StoredObject) => void;

const isFunction = (value: unknown): boolean => typeof value === 'function';
const StoreModule = z.object({
  S3Store: z
    .custom<{ readonly prototype: ObjectStore }>(isFunction)
    .refine(
      ({ prototype }) => isFunction(prototype.putObject) && isFunction(prototype.completeMultipartUpload),
      'does not store objects as fauxqs 2.4 does',
    ),
});

/**
 * Has every object that fauxqs stores from now on told of. fauxqs knows no bucket notifications, and its events tell of an
 * object after the answer and without its size; its store is where all ways into a bucket meet, and is not exported.
 *
 * @throws InvalidValueError when this fauxqs has no such store.
 */
export async function watchObjectStore(onStored: OnObjectStored): Promise<void> {
  const file = new URL('s3/s3Store.js', import.meta.resolve('fauxqs'));
  const { S3Store } = parse(StoreModule, await import(file.href));
  const { putObject, completeMultipartUpload } = S3Store.prototype;
  Object.assign(S3Store.prototype, {
    putObject(this: ObjectStore, bucket: string, ...rest: readonly unknown[]): StoredObject {
      const object = putObject.call(this, bucket, ...rest);
      onStored('ObjectCreated:Put', bucket, object);
      return object;
    },
    completeMultipartUpload(this: ObjectStore, uploadId: string, ...rest: readonly unknown[]): StoredObject {
      const bucket = this.multipartUploads.get(uploadId)?.bucket;
      const object = completeMultipartUpload.call(this, uploadId, ...rest);
      if (bucket !== undefined) onStored('ObjectCreated:CompleteMultipartUpload', bucket, object);
      return object;
    },
  });
}
