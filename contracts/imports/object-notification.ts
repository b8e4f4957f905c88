import * as z from 'zod';

/**
 * What S3 sends to a queue when a bucket's notification to it is created or changed, to check the permission. After a stack's
 * first deployment the import queue holds one for each. It stands for no object: a reader of the queue ignores it.
 * See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
 */
export const ObjectNotificationTest = z.object({
  Service: z.literal('Amazon S3'),
  Event: z.literal('s3:TestEvent'),
  Time: z.string(),
  Bucket: z.string().min(1),
  RequestId: z.string(),
  HostId: z.string(),
});
export type ObjectNotificationTest = z.infer<typeof ObjectNotificationTest>;

/** One object in S3's message of new ones. */
export const ObjectCreatedRecord = z.object({
  eventSource: z.literal('aws:s3'),
  eventName: z.string(),
  eventTime: z.string(),
  s3: z.object({
    bucket: z.object({ name: z.string().min(1) }),
    object: z.object({
      /** URL-encoded, with `+` for a space. */
      key: z.string().min(1).refine(isUrlEncoded, 'must be URL-encoded'),
      size: z.int().nonnegative().optional(),
      /** Without quotes. */
      eTag: z.string().min(1).optional(),
      /** Differs between any two writes of one key. */
      sequencer: z.string().min(1).optional(),
    }),
  }),
});
export type ObjectCreatedRecord = z.infer<typeof ObjectCreatedRecord>;

/**
 * What S3 sends to a queue when an object has been created.
 * See https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html.
 */
export const ObjectCreatedNotification = z.object({ Records: z.array(ObjectCreatedRecord).min(1) });
export type ObjectCreatedNotification = z.infer<typeof ObjectCreatedNotification>;

/** An object's key as the bucket has it. */
export const keyOf = ({ s3 }: ObjectCreatedRecord): string => decoded(s3.object.key);

const decoded = (key: string): string => decodeURIComponent(key.replaceAll('+', ' '));

function isUrlEncoded(key: string): boolean {
  try {
    return decoded(key) !== '';
  } catch (error) {
    if (error instanceof URIError) return false;
    throw error;
  }
}
