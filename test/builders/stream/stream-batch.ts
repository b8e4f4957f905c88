import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import type { Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock } from '../../../pipelines/clock.ts';
import type { BatchFailures } from '../../../pipelines/operations/failures.ts';
import { type ConsumeDeps, consume } from '../../../pipelines/stream/consume.ts';
import type { PoisonRecord } from '../../../pipelines/stream/dead-letter-queue.ts';
import type { RecordCounts } from '../../../pipelines/stream/record-metrics.ts';
import type { StreamConsumer } from '../../../pipelines/stream/stream-consumer.ts';

/** A consumer that handles everything, but for what a test says of it. */
export const consumerThat = (overrides: Partial<StreamConsumer> = {}): StreamConsumer => ({
  name: 'order-events',
  handle: async () => undefined,
  delivery: 'every-change',
  concurrencyMax: 10,
  ...overrides,
});

/** A dead-letter queue that keeps what it accepts. */
export function keptDeadLetters() {
  const deadLetterMessages: PoisonRecord[] = [];
  return {
    deadLetterMessages,
    accept: async (poison: PoisonRecord): Promise<void> => {
      deadLetterMessages.push(poison);
    },
  };
}

/** A log of failures that keeps what it gets of each batch. */
export function keptFailures() {
  const batches: BatchFailures[] = [];
  return {
    batches,
    write: async (batch: BatchFailures): Promise<void> => {
      batches.push(batch);
    },
  };
}

/** A log that keeps its lines. */
export function keptLog() {
  const lines: string[] = [];
  const keep = (...line: unknown[]): void => {
    lines.push(JSON.stringify(line));
  };
  return { lines, info: keep, warn: keep, error: keep };
}

/** Metrics that keep what is published. */
export function keptMetrics() {
  const counts: RecordCounts[] = [];
  return { counts, publish: (some: readonly RecordCounts[]) => void counts.push(...some) };
}

/** A Lambda context with that much remaining time. */
export const contextWith = (remainingMs: number): Context => ({
  callbackWaitsForEmptyEventLoop: false,
  functionName: 'f',
  functionVersion: '$LATEST',
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:f',
  memoryLimitInMB: '256',
  awsRequestId: 'request-1',
  logGroupName: 'g',
  logStreamName: 's',
  getRemainingTimeInMillis: () => remainingMs,
  done: () => undefined,
  fail: () => undefined,
  succeed: () => undefined,
});

/** Lambda's event of those records. */
export const eventOf = (...Records: DynamoDBRecord[]): DynamoDBStreamEvent => ({ Records });

/** Runs one batch as Lambda would, with everything that a test does not name in working order. */
export function consumeBatch(
  records: readonly DynamoDBRecord[],
  deps: Partial<ConsumeDeps> = {},
  remainingMs = 30_000,
): Promise<PartialItemFailureResponse> {
  return consume(eventOf(...records), contextWith(remainingMs), {
    consumer: consumerThat(),
    deadLetters: keptDeadLetters(),
    failures: keptFailures(),
    logger: keptLog(),
    metrics: keptMetrics(),
    trace: { begin: () => () => undefined },
    clock: systemClock,
    reserveMs: 100,
    ...deps,
  });
}

/** The sequence numbers that a response asks Lambda to deliver again. */
export const reported = (response: PartialItemFailureResponse): string[] =>
  response.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);

/** A record's sequence number. */
export const sequenceOf = (record: DynamoDBRecord): string => record.dynamodb?.SequenceNumber ?? '';
