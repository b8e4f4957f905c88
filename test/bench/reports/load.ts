import type { ConsumerName } from '../../../contracts/stream.ts';
import { consumerSettings } from '../../builders/stream/consumer-settings.ts';
import type { Drained } from '../drain.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';
import { type ConsumerFigures, scaleOf } from '../scaling.ts';

const LOADS = [100, 1_000, 10_000, 100_000, 1_000_000];
const ORDER = { linesPerOrder: 2, orderWriteUnits: 1 };
/** What a request takes on AWS is an assumption. */
const REQUESTS: Readonly<Record<ConsumerName, { requestsInARow: number; requestMs: number }>> = {
  'order-events': { requestsInARow: 3, requestMs: 15 },
  'search-index': { requestsInARow: 1, requestMs: 100 },
};
/** To search-index: the order, and each product whose stock it changes. */
const RECORDS_PER_ORDER: Readonly<Record<ConsumerName, number>> = { 'order-events': 1, 'search-index': 3 };

const METHOD = paragraphs(`
  What a load asks for on paper, from the processor's time above, by the formulas of \`test/bench/scaling.ts\`. [scaling.md](scaling.md#what-to-set) says what
  they assume. The batches at once are those of order-events / search-index:
`);

/** What new orders ask for at several rates, from what a record was measured to take. */
export function loadText({ orderEventsUnbound, searchIndex }: Drained): string {
  const consumers = [
    measured('order-events', orderEventsUnbound['consumer']?.cpuMicroseconds),
    measured('search-index', searchIndex['consumer']?.cpuMicroseconds),
  ];
  const rows = LOADS.map((ordersPerSecond) => {
    const scale = scaleOf({ ...ORDER, ordersPerSecond }, consumers);
    const dollars = scale.consumers.reduce((sum, { dollarsPerDay }) => sum + dollarsPerDay, 0);
    return [
      figure(ordersPerSecond),
      rounded(scale.tableWriteUnitsPerSecond),
      rounded(scale.shards),
      rounded(scale.statusPartitions),
      scale.consumers.map(({ concurrency }) => rounded(concurrency)).join(' / '),
      rounded(scale.tableDollarsPerDay),
      figure(dollars, 2),
    ];
  });
  const columns = [
    'orders/s',
    'write units/s of the table',
    'shards',
    'StatusPartitions',
    'batches at once',
    'table, $ a day',
    'both consumers, $ a day',
  ];
  return `${METHOD}\n\n${table(columns, rows)}`;
}

function measured(name: ConsumerName, cpuMicroseconds = Number.NaN): ConsumerFigures {
  const { batchSize, memoryMb } = consumerSettings(name);
  const recordsPerOrder = RECORDS_PER_ORDER[name];
  return { name, cpuMicroseconds, batchSize, memoryMb, ...REQUESTS[name], recordsPerOrder };
}

const rounded = (value: number): string => figure(Math.ceil(value));
