/** What AWS's own documents say, and its list prices in us-east-1, in US dollars. docs/lab/scaling.md has the links and the date. */
const AWS = {
  writeUnitsPerPartition: 1_000,
  vcpuMemoryMb: 1_769,
  writeUnitPrice: 0.625e-6,
  lambdaGbSecondPrice: 1.33334e-5,
  lambdaRequestPrice: 0.2e-6,
  snsRequestPrice: 0.5e-6,
} as const;
/** A write in a transaction counts twice. */
const TRANSACTION = 2;
const MB_PER_GB = 1_024;
const SECONDS_PER_DAY = 86_400;
const SNS_ENTRIES = 10;
/** How full a partition key is to be: the hash spreads evenly, the day does not. */
const PARTITION_SHARE = 0.4;
/** In full batches of order-events. */
const ORDERS_COUNTED_TOGETHER = 97;

/** The load that is looked at. */
export interface Load {
  readonly ordersPerSecond: number;
  readonly linesPerOrder: number;
  /** Write units of an order's item: its size in KB, rounded up. */
  readonly orderWriteUnits: number;
}

/** One consumer, as the template sets it and as it was measured. */
export interface ConsumerFigures {
  readonly name: string;
  readonly batchSize: number;
  readonly memoryMb: number;
  /** Processor time a record, sinks and all, in microseconds: measured by `npm run bench`. */
  readonly cpuMicroseconds: number;
  /** Requests of one batch that wait for each other. */
  readonly requestsInARow: number;
  /** What one of them takes, in milliseconds: assumed. */
  readonly requestMs: number;
  /** Records that reach it for each order, after the filters. */
  readonly recordsPerOrder: number;
}

/** What the load asks of one consumer. */
export interface ConsumerScale {
  readonly name: string;
  readonly batchMs: number;
  /** Executions at once, by Little's law. */
  readonly concurrency: number;
  /** Batches at once that each shard must allow: the ParallelizationFactor, at most 10. */
  readonly batchesPerShard: number;
  readonly dollarsPerDay: number;
}

/** What the load asks of everything. */
export interface Scale {
  /** Write units an order, by what they are for. */
  readonly writeUnits: Readonly<Record<string, number>>;
  readonly tableWriteUnitsPerSecond: number;
  readonly shards: number;
  readonly consumers: readonly ConsumerScale[];
  readonly tableDollarsPerDay: number;
  readonly topicDollarsPerDay: number;
  /** StatusPartitions with which each of them stays at 40 % of its limit. */
  readonly statusPartitions: number;
}

/** Reckons what a load asks of the table, the stream and the consumers. The formulas are docs/lab/scaling.md's. */
export function scaleOf(load: Load, consumers: readonly ConsumerFigures[]): Scale {
  const { ordersPerSecond, linesPerOrder, orderWriteUnits } = load;
  const inTable = {
    'the order, with its LSI': orderWriteUnits * TRANSACTION + orderWriteUnits,
    'the reservation and its stock': (1 + linesPerOrder) * TRANSACTION,
    'the counted order, and its share of the stats': TRANSACTION + TRANSACTION / ORDERS_COUNTED_TOGETHER,
  };
  const elsewhere = {
    'GSI1, by status': orderWriteUnits,
    'the idempotency token': TRANSACTION,
    'the publication of its event': 1,
  };
  const tableWriteUnitsPerSecond = ordersPerSecond * sum(inTable);
  const shards = Math.ceil(tableWriteUnitsPerSecond / AWS.writeUnitsPerPartition);
  return {
    writeUnits: { ...inTable, ...elsewhere },
    tableWriteUnitsPerSecond,
    shards,
    consumers: consumers.map((consumer) => consumerScale(consumer, ordersPerSecond, shards)),
    tableDollarsPerDay:
      ordersPerSecond * SECONDS_PER_DAY * (sum(inTable) + sum(elsewhere)) * AWS.writeUnitPrice,
    topicDollarsPerDay: ((ordersPerSecond * SECONDS_PER_DAY) / SNS_ENTRIES) * AWS.snsRequestPrice,
    // An order enters the partition of a status and leaves it again.
    statusPartitions: Math.ceil(
      (ordersPerSecond * 2 * orderWriteUnits) / (AWS.writeUnitsPerPartition * PARTITION_SHARE),
    ),
  };
}

function consumerScale(consumer: ConsumerFigures, ordersPerSecond: number, shards: number): ConsumerScale {
  const { name, batchSize, memoryMb, cpuMicroseconds, requestsInARow, requestMs, recordsPerOrder } = consumer;
  const cpuMs = (batchSize * cpuMicroseconds * Math.max(1, AWS.vcpuMemoryMb / memoryMb)) / 1_000;
  const batchMs = cpuMs + requestsInARow * requestMs;
  const batchesPerSecond = (ordersPerSecond * recordsPerOrder) / batchSize;
  const concurrency = (batchesPerSecond * batchMs) / 1_000;
  const gbSeconds = concurrency * (memoryMb / MB_PER_GB);
  return {
    name,
    batchMs,
    concurrency: Math.ceil(concurrency),
    batchesPerShard: concurrency / shards,
    dollarsPerDay:
      SECONDS_PER_DAY * (gbSeconds * AWS.lambdaGbSecondPrice + batchesPerSecond * AWS.lambdaRequestPrice),
  };
}

const sum = (figures: Readonly<Record<string, number>>): number =>
  Object.values(figures).reduce((total, one) => total + one, 0);
