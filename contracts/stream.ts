import * as z from 'zod';

/**
 * An attribute value in DynamoDB's wire form. Kept open on purpose: a stream item of any content must survive a
 * dead letter unchanged, so only the envelope is checked here and the content by the item schemas.
 */
const AttributeImage = z.custom<Readonly<Record<string, unknown>>>(
  (image) => typeof image === 'object' && image !== null && !Array.isArray(image),
  'must be an object',
);

/**
 * One record of a DynamoDB stream, as Lambda passes it to a function: only what routing needs is checked, and the rest is kept.
 * See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html.
 */
export const StreamRecord = z.looseObject({
  eventID: z.string().optional(),
  eventName: z.enum(['INSERT', 'MODIFY', 'REMOVE']),
  userIdentity: z.looseObject({ type: z.string(), principalId: z.string() }).optional(),
  dynamodb: z.looseObject({
    ApproximateCreationDateTime: z.number().optional(),
    Keys: AttributeImage,
    NewImage: AttributeImage.optional(),
    OldImage: AttributeImage.optional(),
    SequenceNumber: z.string().regex(/^\d+$/),
  }),
});
export type StreamRecord = z.infer<typeof StreamRecord>;

/** The principal that removes expired items. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html. */
export const TTL_PRINCIPAL = 'dynamodb.amazonaws.com';

/** The stream consumers of the system; each has an event source mapping and a dead-letter queue of its own. */
export const ConsumerName = z.enum(['order-events', 'search-index']);
export type ConsumerName = z.infer<typeof ConsumerName>;
