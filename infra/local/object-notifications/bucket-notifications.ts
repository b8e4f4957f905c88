import * as z from 'zod';

/** Which new objects of a bucket a queue hears of. */
export const BucketNotification = z.object({
  bucket: z.string(),
  queueArn: z.string(),
  prefix: z.string(),
  suffix: z.string(),
});
export type BucketNotification = z.infer<typeof BucketNotification>;

/**
 * The queues' names that hear of an object: each once, whichever of its rules match, since S3 lets no two overlap.
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
  return new Set(matching.map(({ queueArn }) => queueArn.slice(queueArn.lastIndexOf(':') + 1)));
}
