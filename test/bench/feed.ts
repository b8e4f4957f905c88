import { setTimeout as sleep } from 'node:timers/promises';
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { DynamoDBRecord } from 'aws-lambda';
import type { StreamConsumer } from '../../pipelines/stream/stream-consumer.ts';
import {
  consumeBatch,
  eventOf,
  keptFailures,
  keptLog,
  reported,
  sequenceOf,
} from '../builders/stream/stream-batch.ts';
import { messageOf } from './page/message.ts';

const INVOCATION_MS = 60_000;
const STALLED_MS = 120_000;
const RETRY_MS = 100;

/** How a mapping feeds a consumer. */
export interface Feeding {
  readonly batchSize: number;
  /** The ParallelizationFactor: concurrent batches. */
  readonly lanes: number;
  /** How long a lane may have no record that succeeds; two minutes by default. */
  readonly stalledMs?: number;
}

/**
 * Feeds records to a consumer as a mapping does: each lane one batch after the other, and what is reported as failed again.
 * Each lane has a consumer of its own, as it has an execution environment of its own.
 *
 * @throws RangeError with the reason, when a lane has no record that succeeds for so long.
 */
export const feed = (
  records: readonly DynamoDBRecord[],
  feeding: Feeding,
  consumer: () => StreamConsumer,
): Promise<void> =>
  feedLanes(records, feeding, () => {
    const own = consumer();
    return async (batch) => {
      const failures = keptFailures();
      const deps = { consumer: own, logger: keptLog(), failures };
      const response = await consumeBatch(batch, deps, INVOCATION_MS);
      return { failed: reported(response), error: failures.batches.at(-1)?.first?.error };
    };
  });

/** Feeds records in the same way to Powertools' own batch processor, which hands each to `handle`. */
export const feedPowertools = (
  records: readonly DynamoDBRecord[],
  feeding: Feeding,
  handle: (record: DynamoDBRecord) => Promise<void>,
): Promise<void> =>
  feedLanes(records, feeding, () => {
    const processor = new BatchProcessor(EventType.DynamoDBStreams);
    return async (batch) => {
      const event = eventOf(...batch);
      const response = await processPartialResponse(event, handle, processor, {
        throwOnFullBatchFailure: false,
      });
      return { failed: reported(response) };
    };
  });

/** The sequence numbers of the records that failed, and the error of the first, if it is known. */
interface Invoked {
  readonly failed: readonly string[];
  readonly error?: unknown;
}

type Invoke = (batch: readonly DynamoDBRecord[]) => Promise<Invoked>;

async function feedLanes(
  records: readonly DynamoDBRecord[],
  { batchSize, lanes, stalledMs = STALLED_MS }: Feeding,
  environment: () => Invoke,
): Promise<void> {
  await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      feedLane(
        records.filter((_record, index) => index % lanes === lane),
        { batchSize, stalledMs },
        environment(),
      ),
    ),
  );
}

async function feedLane(
  records: readonly DynamoDBRecord[],
  { batchSize, stalledMs }: Required<Omit<Feeding, 'lanes'>>,
  invoke: Invoke,
): Promise<void> {
  let waiting = records;
  let progressedAt = performance.now();
  while (waiting.length > 0) {
    const batch = waiting.slice(0, batchSize);
    const { failed, error } = await invoke(batch);
    const again = new Set(failed);
    waiting = [...batch.filter((record) => again.has(sequenceOf(record))), ...waiting.slice(batchSize)];
    if (failed.length < batch.length) {
      progressedAt = performance.now();
      continue;
    }
    if (performance.now() - progressedAt >= stalledMs)
      throw new RangeError(`No record succeeded for ${stalledMs / 1_000} s: ${messageOf(error)}`, {
        cause: error,
      });
    await sleep(RETRY_MS);
  }
}
