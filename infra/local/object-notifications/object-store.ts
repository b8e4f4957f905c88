import { fauxqsPrototype } from '../machine/fauxqs-class.ts';
import type { ObjectCreatedName } from './object-created.ts';

/** An object as fauxqs keeps it. */
interface StoredObject {
  readonly key: string;
  readonly contentLength: number;
  readonly etag: string;
  readonly lastModified: Date;
}

/** The methods that this file uses of fauxqs's class for objects. */
interface ObjectStore {
  readonly multipartUploads: ReadonlyMap<string, { readonly bucket: string }>;
  putObject(bucket: string, ...rest: readonly unknown[]): StoredObject;
  completeMultipartUpload(uploadId: string, ...rest: readonly unknown[]): StoredObject;
}

/** Called for an object before the writer receives a response. An error that it throws becomes the response. */
export type OnObjectStored = (eventName: ObjectCreatedName, bucket: string, object: StoredObject) => void;

/**
 * Calls `onStored` for every object that fauxqs stores from now on. fauxqs has no bucket notifications. Its events come after the
 * response and without the size of the object. All writes pass through its store, which it does not export.
 *
 * @throws InvalidValueError if this version of fauxqs has no such store.
 */
export async function watchObjectStore(onStored: OnObjectStored): Promise<void> {
  const store = await fauxqsPrototype<ObjectStore>('s3/s3Store.js', 'S3Store', [
    'putObject',
    'completeMultipartUpload',
  ]);
  const { putObject, completeMultipartUpload } = store;
  Object.assign(store, {
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
