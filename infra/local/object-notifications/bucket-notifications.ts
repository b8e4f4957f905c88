import * as z from 'zod';
import { queueNameIn } from '../template/local-names.ts';

/** A rule that notifies a queue of new objects in a bucket. */
export const BucketNotification = z.object({
  bucket: z.string(),
  queueArn: z.string(),
  prefix: z.string(),
  suffix: z.string(),
});
export type BucketNotification = z.infer<typeof BucketNotification>;

/**
 * The names of the queues to notify of an object. Each queue is notified once, however many of its rules match: S3 allows no two
 * overlapping rules.
 * See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html.
 */
export function queuesToNotify(
  notifications: readonly BucketNotification[],
  object: { readonly bucket: string; readonly key: string },
): ReadonlySet<string> {
  const matching = notifications.filter(
    ({ bucket, prefix, suffix }) =>
      bucket === object.bucket && object.key.startsWith(prefix) && object.key.endsWith(suffix),
  );
  return new Set(matching.map(({ queueArn }) => queueNameIn(queueArn)));
}
