import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamConsumer } from '../../pipelines/stream/stream-consumer.ts';
import { consumeBatch, eventOf, keptLog, reported, sequenceOf } from '../builders/stream/stream-batch.ts';

const INVOCATION_MS = 60_000;
const INVOCATIONS_MAX = 1_000;

/** How a mapping feeds a consumer. */
export interface Feeding {
  readonly batchSize: number;
  /** The ParallelizationFactor: concurrent batches. */
  readonly lanes: number;
}

/**
 * Feeds records to a consumer as a mapping does: each lane one batch after the other, and what is reported as failed again.
 * Each lane has a consumer of its own, as it has an execution environment of its own.
 */
export const feed = (
  records: readonly DynamoDBRecord[],
  feeding: Feeding,
  consumer: () => StreamConsumer,
): Promise<void> =>
  feedLanes(records, feeding, () => {
    const own = consumer();
    return (batch) => consumeBatch(batch, { consumer: own, logger: keptLog() }, INVOCATION_MS);
  });

/** Feeds records in the same way to Powertools' own batch processor, which hands each to `handle`. */
export const feedPowertools = (
  records: readonly DynamoDBRecord[],
  feeding: Feeding,
  handle: (record: DynamoDBRecord) => Promise<void>,
): Promise<void> =>
  feedLanes(records, feeding, () => {
    const processor = new BatchProcessor(EventType.DynamoDBStreams);
    return (batch) =>
      processPartialResponse(eventOf(...batch), handle, processor, { throwOnFullBatchFailure: false });
  });

type Invoke = (batch: readonly DynamoDBRecord[]) => Promise<PartialItemFailureResponse>;

async function feedLanes(
  records: readonly DynamoDBRecord[],
  { batchSize, lanes }: Feeding,
  environment: () => Invoke,
): Promise<void> {
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      feedLane(
        records.filter((_record, index) => index % lanes === lane),
        batchSize,
        environment(),
      ),
    ),
  );
}

async function feedLane(
  records: readonly DynamoDBRecord[],
  batchSize: number,
  invoke: Invoke,
): Promise<void> {
  let waiting = records;
  for (let invocation = 0; waiting.length > 0; invocation += 1) {
    if (invocation === INVOCATIONS_MAX)
      throw new RangeError(`Records were still failing after ${INVOCATIONS_MAX} invocations`);
    const batch = waiting.slice(0, batchSize);
    const failed = new Set(reported(await invoke(batch)));
    waiting = [...batch.filter((record) => failed.has(sequenceOf(record))), ...waiting.slice(batchSize)];
  }
}
