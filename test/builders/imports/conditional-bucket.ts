import {
  type GetObjectCommand,
  NoSuchKey,
  type PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { vi } from 'vitest';

/** A bucket that keeps objects and S3's conditions on writing them, which fauxqs does not know. */
export function conditionalBucket() {
  const objects = new Map<string, { readonly text: string; readonly etag: string }>();
  let writes = 0;
  const read = ({ input: { Key = '' } }: GetObjectCommand) => {
    const object = objects.get(Key);
    if (object === undefined) throw new NoSuchKey({ message: '', $metadata: {} });
    return { ETag: object.etag, Body: { transformToString: async () => object.text } };
  };
  const write = ({ input: { Key = '', Body, IfMatch, IfNoneMatch } }: PutObjectCommand) => {
    const there = objects.get(Key)?.etag;
    if ((IfMatch !== undefined && IfMatch !== there) || (IfNoneMatch === '*' && there !== undefined))
      throw preconditionFailed();
    writes += 1;
    const etag = `"etag-${writes}"`;
    objects.set(Key, { text: String(Body), etag });
    return { ETag: etag };
  };
  /** A client of it; the responses to its first writes are lost, and the SDK sends those again. */
  const client = ({ lostResponses = 0 } = {}): S3Client => {
    let remaining = lostResponses;
    const writeAgain = (command: PutObjectCommand) => {
      if (remaining > 0) {
        remaining -= 1;
        write(command);
      }
      return write(command);
    };
    const s3 = new S3Client({ region: 'eu-central-1' });
    vi.spyOn(s3, 'send').mockImplementation(async (command: unknown) =>
      'Body' in (command as PutObjectCommand).input
        ? writeAgain(command as PutObjectCommand)
        : read(command as GetObjectCommand),
    );
    return s3;
  };
  return { objects, client };
}

const preconditionFailed = (): S3ServiceException =>
  new S3ServiceException({
    name: 'PreconditionFailed',
    $fault: 'client',
    $metadata: { httpStatusCode: 412 },
  });
