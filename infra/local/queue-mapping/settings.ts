import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { InvalidMappingSettingsError } from '../event-source-mapping/settings.ts';

/** The settings of Lambda's CreateEventSourceMapping for a queue. See https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html. */
export interface QueueMappingSettings {
  readonly functionName: string;
  readonly functionTimeoutSeconds: number;
  readonly queueArn: string;
  readonly queueUrl: string;
  readonly visibilityTimeoutSeconds: number;
  /** The most messages of one invocation: 1 to 10,000; 10 for a FIFO queue. */
  readonly batchSize: number;
  /** How long messages are collected for a fuller batch: 0 to 300; 0 invokes the function after one read. */
  readonly maximumBatchingWindowInSeconds: number;
  /** The most concurrent invocations: 2 to 1,000. */
  readonly maximumConcurrency: number;
  /** Whether the function's response is read for `batchItemFailures`; otherwise it is ignored. */
  readonly reportBatchItemFailures: boolean;
}

/** The most messages of one read of a queue. */
export const MESSAGES_A_READ_MAX = 10;
const FIFO_SUFFIX = '.fifo';

const Settings = z
  .object({
    batchSize: z.int().min(1).max(10_000),
    maximumBatchingWindowInSeconds: z.int().min(0).max(300),
    maximumConcurrency: z.int().min(2).max(1_000),
    functionTimeoutSeconds: z.number(),
    visibilityTimeoutSeconds: z.number(),
    queueArn: z.string().startsWith('arn:aws:sqs:'),
  })
  .refine(
    ({ batchSize, maximumBatchingWindowInSeconds: window }) => batchSize <= MESSAGES_A_READ_MAX || window > 0,
    'a batch of more than 10 needs a batching window',
  )
  .refine(
    ({ queueArn, batchSize, maximumBatchingWindowInSeconds: window }) =>
      !queueArn.endsWith(FIFO_SUFFIX) || (batchSize <= MESSAGES_A_READ_MAX && window === 0),
    'a FIFO queue allows batches of at most 10 and no batching window',
  )
  .refine(
    ({ functionTimeoutSeconds, visibilityTimeoutSeconds }) =>
      visibilityTimeoutSeconds >= functionTimeoutSeconds,
    "the queue's visibility timeout is less than the function's timeout",
  );

/**
 * Checks settings against Lambda's limits.
 *
 * @throws InvalidMappingSettingsError naming each setting beyond a limit.
 */
export function checkQueueMappingSettings(settings: QueueMappingSettings): void {
  const result = read(Settings, settings);
  if (result.success) return;
  const issues = result.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new InvalidMappingSettingsError(
    `The mapping of ${settings.functionName} is invalid: ${issues.join('; ')}`,
  );
}
