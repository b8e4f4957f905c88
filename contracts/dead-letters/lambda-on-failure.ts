import * as z from 'zod';

/** The keys of the batches that Lambda writes to an on-failure bucket begin with it. See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html. */
export const BATCH_PREFIX = 'aws/lambda/';

/** Where in the stream the records of a discarded batch are. */
export const StreamBatchInfo = z.object({
  shardId: z.string().min(1),
  startSequenceNumber: z.string().regex(/^\d+$/),
  endSequenceNumber: z.string().regex(/^\d+$/),
  approximateArrivalOfFirstRecord: z.string(),
  approximateArrivalOfLastRecord: z.string(),
  batchSize: z.int().min(1),
  streamArn: z.string().min(1),
});
export type StreamBatchInfo = z.infer<typeof StreamBatchInfo>;

/**
 * The invocation record that Lambda sends to an on-failure destination of a stream mapping. To a queue it holds pointers
 * only; to a bucket also `payload`, the complete event that the function was last invoked with, as an object or as its JSON.
 * It names all remaining records of a batch, healthy ones too.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html.
 */
export const LambdaOnFailure = z.object({
  requestContext: z.object({
    requestId: z.string(),
    functionArn: z.string(),
    condition: z.string(),
    approximateInvokeCount: z.int().nonnegative(),
  }),
  responseContext: z
    .object({
      statusCode: z.int(),
      executedVersion: z.string(),
      functionError: z.string().nullish(),
    })
    .nullish(),
  version: z.string(),
  timestamp: z.string(),
  DDBStreamBatchInfo: StreamBatchInfo,
  payload: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
});
export type LambdaOnFailure = z.infer<typeof LambdaOnFailure>;
