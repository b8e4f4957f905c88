import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';

/** The settings of Lambda's CreateEventSourceMapping for a DynamoDB stream. See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html. */
export interface EventSourceMappingSettings {
  /** The mapping's UUID. It names checkpoints and on-failure objects. */
  readonly id: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly streamArn: string;
  /** The most records of one invocation: 1 to 10,000. */
  readonly batchSize: number;
  /** How long records are collected for a fuller batch: 0 to 300; 0 sends the available records at once. */
  readonly maximumBatchingWindowInSeconds: number;
  /** How many batches of one shard are processed in parallel: 1 to 10. Records of one item stay in order. */
  readonly parallelizationFactor: number;
  /** Retries after the first attempt: 0 to 10,000; -1 for no limit. */
  readonly maximumRetryAttempts: number;
  /** Older records are not sent: up to 604,800; -1 for no limit. Lambda refuses less than 60; a shorter age is allowed here for tests. */
  readonly maximumRecordAgeInSeconds: number;
  /** Whether a failed batch is split in two. */
  readonly bisectBatchOnFunctionError: boolean;
  /** Whether the function's response is read for `batchItemFailures`; otherwise it is ignored. */
  readonly reportBatchItemFailures: boolean;
  /** Parsed filter patterns, ORed, at most 5: an account has more only if AWS raises its quota. Without patterns, every record passes. */
  readonly filterPatterns: readonly unknown[];
}

/** Settings are invalid: Lambda would refuse them. */
export class InvalidMappingSettingsError extends OrderStreamError {
  readonly code = 'invalid-mapping-settings';
  readonly remedy = 'Correct the event source in infra/consumers.yaml.';
}

const settingsSchema = z.object({
  id: z.string().min(1),
  functionName: z.string().min(1),
  functionArn: z.string().min(1),
  streamArn: z.string().min(1),
  batchSize: z.int().min(1).max(10_000),
  maximumBatchingWindowInSeconds: z.number().min(0).max(300),
  parallelizationFactor: z.int().min(1).max(10),
  maximumRetryAttempts: z.int().min(-1).max(10_000),
  maximumRecordAgeInSeconds: z.number().min(-1).max(604_800),
  bisectBatchOnFunctionError: z.boolean(),
  reportBatchItemFailures: z.boolean(),
  filterPatterns: z.array(z.unknown()).max(5),
});

/**
 * Checks settings against Lambda's limits.
 *
 * @throws InvalidMappingSettingsError naming each setting beyond a limit.
 */
export function checkSettings(settings: EventSourceMappingSettings): void {
  const result = read(settingsSchema, settings);
  if (result.success) return;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new InvalidMappingSettingsError(
    `The mapping of ${settings.functionName} is invalid: ${issues.join('; ')}`,
  );
}

/** Intervals and limits of the local mapping. Lambda has such values too, but you cannot set them. */
export interface MappingTuning {
  /** How long to wait before an idle shard is read again. Lambda reads each shard 4 times a second. */
  readonly pollIntervalMs: number;
  /** How often the stream is described again to find new shards. The end of a shard causes it at once. */
  readonly shardDiscoveryIntervalMs: number;
  /** The longest wait before the first retry. Each further consecutive failure doubles it. */
  readonly retryDelayMsBase: number;
  /** The longest wait between retries. */
  readonly retryDelayMsMax: number;
  /** The timeout of a request to the streams API. */
  readonly requestTimeoutMs: number;
  /** How long `stop` waits for invocations in progress before it abandons them. */
  readonly stopTimeoutMs: number;
  /**
   * Reading of a shard pauses when this many records were read past its checkpoint. They wait, were handled after a record that is
   * stuck, or were filtered out. A blocked key must not fill the memory.
   */
  readonly recordsAheadMax: number;
  /** Reading of a shard pauses when its waiting records have this many bytes of JSON. */
  readonly bytesWaitingMax: number;
}

/** See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html for the poll rate; the rest suits one machine. */
export const DEFAULT_TUNING: MappingTuning = {
  pollIntervalMs: 250,
  shardDiscoveryIntervalMs: 10_000,
  retryDelayMsBase: 100,
  retryDelayMsMax: 10_000,
  requestTimeoutMs: 10_000,
  stopTimeoutMs: 10_000,
  recordsAheadMax: 20_000,
  bytesWaitingMax: 64 * 1024 * 1024,
};
