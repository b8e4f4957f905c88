import type { ConsumerName } from '../../../contracts/stream.ts';
import { consumerSettings } from '../../builders/stream/consumer-settings.ts';
import type { Drained } from '../drain.ts';
import { type ConsumerFigures, type Load, scaleOf } from '../scaling.ts';

const MILLION_ORDERS: Load = { ordersPerSecond: 1_000_000, linesPerOrder: 2, orderWriteUnits: 1 };
/** What a request takes on AWS is an assumption. */
const REQUESTS: Readonly<Record<ConsumerName, { requestsInARow: number; requestMs: number }>> = {
  'order-events': { requestsInARow: 3, requestMs: 15 },
  'search-index': { requestsInARow: 1, requestMs: 100 },
};
/** To search-index: the order, and each product whose stock it changes. */
const RECORDS_PER_ORDER: Readonly<Record<ConsumerName, number>> = { 'order-events': 1, 'search-index': 3 };

/** Prints what 1,000,000 new orders a second would ask for, from what a record was measured to take. */
export function reportScale({ orderEvents, searchIndex }: Drained): unknown {
  const consumers = [
    measured('order-events', orderEvents['consumer']?.cpuMicroseconds),
    measured('search-index', searchIndex['consumer']?.cpuMicroseconds),
  ];
  const scale = scaleOf(MILLION_ORDERS, consumers);
  console.log('1,000,000 new orders a second, on paper (docs/lab/scaling.md)');
  console.log(
    `  table: ${rounded(scale.tableWriteUnitsPerSecond)} write units/s, ${rounded(scale.shards)} shards`,
  );
  for (const { name, batchMs, concurrency, batchesPerShard, dollarsPerDay } of scale.consumers)
    console.log(
      `  ${name}: ${batchMs.toFixed(0)} ms a batch, ${rounded(concurrency)} executions at once, ${batchesPerShard.toFixed(2)} a shard, $${rounded(dollarsPerDay)} a day`,
    );
  console.log(
    `  table $${rounded(scale.tableDollarsPerDay)}, topic $${rounded(scale.topicDollarsPerDay)} a day; ${rounded(scale.statusPartitions)} partitions of a status\n`,
  );
  return { measured: consumers, ...scale };
}

function measured(name: ConsumerName, cpuMicroseconds = Number.NaN): ConsumerFigures {
  const { batchSize, memoryMb } = consumerSettings(name);
  const recordsPerOrder = RECORDS_PER_ORDER[name];
  return { name, cpuMicroseconds, batchSize, memoryMb, ...REQUESTS[name], recordsPerOrder };
}

const rounded = (value: number): string => Math.ceil(value).toLocaleString('en-US');
