import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';

/** What Lambda's CreateEventSourceMapping knows of a mapping on a DynamoDB stream. See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html. */
export interface EventSourceMappingSettings {
  /** The mapping's UUID: it names checkpoints and on-failure objects. */
  readonly id: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly streamArn: string;
  /** The most records that one invocation gets: 1 to 10,000. */
  readonly batchSize: number;
  /** How long records are gathered for a fuller batch: 0 to 300; 0 sends at once what is there. */
  readonly maximumBatchingWindowInSeconds: number;
  /** How many batches of one shard are processed at once: 1 to 10. Records of one partition key stay in order. */
  readonly parallelizationFactor: number;
  /** Retries after the first attempt: 0 to 10,000; -1 for no bound. */
  readonly maximumRetryAttempts: number;
  /** Older records are not sent: up to 604,800; -1 for no bound. Lambda refuses less than 60; here tests may be quicker. */
  readonly maximumRecordAgeInSeconds: number;
  /** Whether a failed batch is split in two. */
  readonly bisectBatchOnFunctionError: boolean;
  /** Whether the function's answer is read for `batchItemFailures`; otherwise it is ignored. */
  readonly reportBatchItemFailures: boolean;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** Parsed filter patterns, ORed, 10 at most; none lets every record through. */
  readonly filterPatterns: readonly unknown[];
}

/** Settings that Lambda itself would refuse. */
export class InvalidMappingSettingsError extends OrderStreamError {
  readonly code = 'invalid-mapping-settings';
  readonly remedy = 'Mend the event source in infra/template.yaml as the message says.';
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
  startingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  filterPatterns: z.array(z.unknown()).max(10),
});

/**
 * Checks that settings keep Lambda's limits.
 *
 * @throws InvalidMappingSettingsError naming each setting that does not.
 */
export function checkSettings(settings: EventSourceMappingSettings): void {
  const result = read(settingsSchema, settings);
  if (result.success) return;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new InvalidMappingSettingsError(`The mapping of ${settings.functionName} has ${issues.join('; ')}`);
}

/** How the local mapping paces itself; Lambda has such values too but does not let them be set. */
export interface MappingTuning {
  /** How long an idle shard waits before it is read again. Lambda reads each shard 4 times a second. */
  readonly pollIntervalMs: number;
  /** How often the stream is described again to find new shards; a shard's end causes it at once. */
  readonly shardDiscoveryIntervalMs: number;
  /** The first retry's upper bound of waiting; each further failure in a row doubles it. */
  readonly retryDelayMsBase: number;
  /** No wait between retries is longer than this. */
  readonly retryDelayMsMax: number;
  /** No call of the streams API takes longer than this. */
  readonly requestTimeoutMs: number;
  /** How long stop() waits for invocations under way before it leaves them behind. */
  readonly stopTimeoutMs: number;
  /**
   * A shard is not read on while this many records were read past its checkpoint, whether they wait, were handled behind
   * one that is stuck or were filtered out: a blocked key must not fill the memory.
   */
  readonly recordsAheadMax: number;
  /** A shard is not read on while its waiting records take this many bytes of JSON. */
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
