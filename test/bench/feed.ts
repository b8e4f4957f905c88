import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamConsumer } from '../../pipelines/core/stream-consumer.ts';
import { consumeBatch, keptLog, reported, sequenceOf } from '../builders/stream-batch.ts';

const INVOCATION_MS = 60_000;
const INVOCATIONS_MAX = 1_000;

/** How a mapping feeds a consumer. */
export interface Feeding {
  readonly batchSize: number;
  /** The ParallelizationFactor: batches under way at once. */
  readonly lanes: number;
}

/**
 * Feeds records to a consumer as a mapping does: each lane one batch after the other, and what is reported as failed again.
 * Each lane has a consumer of its own, as it has an execution environment of its own.
 */
export async function feed(
  records: readonly DynamoDBRecord[],
  { batchSize, lanes }: Feeding,
  consumer: () => StreamConsumer,
): Promise<void> {
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      feedLane(
        records.filter((_record, index) => index % lanes === lane),
        batchSize,
        consumer(),
      ),
    ),
  );
}

async function feedLane(
  records: readonly DynamoDBRecord[],
  batchSize: number,
  consumer: StreamConsumer,
): Promise<void> {
  let waiting = records;
  for (let invocation = 0; waiting.length > 0; invocation += 1) {
    if (invocation === INVOCATIONS_MAX)
      throw new RangeError(`Records were still failing after ${INVOCATIONS_MAX} invocations`);
    const batch = waiting.slice(0, batchSize);
    const failed = new Set(
      reported(await consumeBatch(batch, { consumer, logger: keptLog() }, INVOCATION_MS)),
    );
    waiting = [...batch.filter((record) => failed.has(sequenceOf(record))), ...waiting.slice(batchSize)];
  }
}
