import type { DynamoDBStreamEvent } from 'aws-lambda';
import type { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import { type RetryPolicy, withRetry } from '../../../pipelines/aws/retry.ts';
import type { MappingLog } from './activity.ts';
import type { FunctionResult } from './batch-delivery.ts';
import type { EventSourceMappingSettings, MappingTuning } from './settings.ts';
import type { Sleep } from './waiting.ts';
import type { WaitingRecord } from './waiting-record.ts';

/** Why a batch was given up. */
export type OnFailureCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

/** A batch that was given up. */
export interface OnFailureRecord {
  readonly mappingId: string;
  readonly shardId: string;
  /** What Lambda sends to a queue or a topic: the position of the records in the stream, without the records. */
  readonly pointers: LambdaOnFailure;
  /** The records that were given up, as the function received them. Contains personal data. */
  readonly event: DynamoDBStreamEvent;
  /** The key of the object that Lambda writes to a bucket; its body is {@link withPayload}. */
  readonly objectKey: string;
}

/** A batch to give up, and the reason. */
export interface GivenUpBatch {
  readonly settings: Pick<EventSourceMappingSettings, 'id' | 'functionArn' | 'streamArn'>;
  readonly shardId: string;
  readonly records: readonly [WaitingRecord, ...WaitingRecord[]];
  readonly condition: OnFailureCondition;
  readonly invocations: number;
  /** `undefined` if the function was never reached. */
  readonly lastResult: FunctionResult | undefined;
  readonly now: Date;
  readonly newId: () => string;
}

/**
 * Lambda's invocation record of a batch that was given up, and the key of its object in a bucket:
 * `aws/lambda/<mapping>/<shard>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<uuid>`.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html.
 */
export function onFailureRecord(batch: GivenUpBatch): OnFailureRecord {
  const { settings, shardId, records, now } = batch;
  const [first] = records;
  const last = records.at(-1) ?? first;
  const responseContext = responseContextOf(batch.lastResult);
  const timestamp = now.toISOString();
  return {
    mappingId: settings.id,
    shardId,
    pointers: {
      requestContext: {
        requestId: batch.newId(),
        functionArn: settings.functionArn,
        condition: batch.condition,
        approximateInvokeCount: batch.invocations,
      },
      ...(responseContext === undefined ? {} : { responseContext }),
      version: '1.0',
      timestamp,
      DDBStreamBatchInfo: {
        shardId,
        startSequenceNumber: first.sequenceNumber,
        endSequenceNumber: last.sequenceNumber,
        approximateArrivalOfFirstRecord: toSeconds(first.arrivedAtMs),
        approximateArrivalOfLastRecord: toSeconds(last.arrivedAtMs),
        batchSize: records.length,
        streamArn: settings.streamArn,
      },
    },
    event: { Records: records.map(({ record }) => record) },
    objectKey: objectKey(settings.id, shardId, timestamp, batch.newId()),
  };
}

/** What Lambda writes to a bucket: the pointers and, as JSON in a string, the records. */
export function withPayload(failure: OnFailureRecord): LambdaOnFailure {
  return { ...failure.pointers, payload: JSON.stringify(failure.event) };
}

function objectKey(mappingId: string, shardId: string, timestamp: string, id: string): string {
  const [day = '', time = ''] = toSeconds(Date.parse(timestamp)).replace('Z', '').split('T');
  return `aws/lambda/${mappingId}/${shardId}/${day.replaceAll('-', '/')}/${day}T${time.replaceAll(':', '.')}-${id}`;
}

function responseContextOf(result: FunctionResult | undefined): LambdaOnFailure['responseContext'] {
  if (result === undefined) return undefined;
  return {
    statusCode: 200,
    executedVersion: '$LATEST',
    functionError: result.outcome === 'function-error' ? 'Unhandled' : null,
  };
}

/** ISO 8601 in UTC to the second, as in `2019-11-14T00:13:19Z`. */
const toSeconds = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`;

/** The dependencies of {@link sendOnFailure}. */
export interface OnFailureSending {
  readonly tuning: Pick<MappingTuning, 'retryDelayMsBase' | 'retryDelayMsMax'>;
  readonly onFailure: (failure: OnFailureRecord) => Promise<void>;
  readonly sleep: Sleep;
  readonly random: () => number;
  readonly log: MappingLog;
}

/**
 * Sends a batch that was given up, and retries without a limit until the destination accepts it: nothing else holds the batch.
 *
 * @throws the signal's reason if it aborts first. The batch is then given up again after a restart.
 */
export async function sendOnFailure(
  failure: OnFailureRecord,
  { tuning, onFailure, sleep, random, log }: OnFailureSending,
  signal: AbortSignal,
): Promise<void> {
  const { requestContext, DDBStreamBatchInfo: batchInfo } = failure.pointers;
  log.warn('A batch was given up', { condition: requestContext.condition, ...batchInfo });
  const policy: RetryPolicy = {
    attemptsMax: Number.POSITIVE_INFINITY,
    delayMsBase: tuning.retryDelayMsBase,
    delayMsMax: tuning.retryDelayMsMax,
    budgetMs: Number.POSITIVE_INFINITY,
  };
  const isRetryable = (error: unknown): boolean => {
    log.error('The on-failure destination refused a batch', { shardId: failure.shardId, error });
    return true;
  };
  await withRetry(() => onFailure(failure), { policy, signal, isRetryable, random, sleep });
}
