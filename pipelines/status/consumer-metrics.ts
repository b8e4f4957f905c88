import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import type { LagHistory } from '../../contracts/api/status.ts';
import { LAG_LIMIT_SECONDS } from '../../contracts/api/status.ts';
import type { Instant } from '../../contracts/ids.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../contracts/units.ts';
import { type Clock, instantOf } from '../clock.ts';
import {
  lambdaMetric,
  type MetricPoints,
  type MetricQuery,
  periodStart,
  readMetrics,
} from './metric-points.ts';

/** Where the metrics of the consumers are. */
export interface ConsumerMetricsDeps {
  readonly cloudWatch: CloudWatchClient;
  /** The dimension `service` of this system's metrics. */
  readonly service: string;
  /** The name of each consumer's function. */
  readonly functions: Readonly<Record<ConsumerName, string>>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What the metrics of the last minutes say of a consumer. */
export interface ConsumerMetrics {
  /** The highest iterator age of the last minute that has one; absent if no batch was sent within the last three minutes. */
  readonly secondsBehind?: number;
  /** The last minute of the last hour in which a batch was sent, and the earliest time at which its last record was written. */
  readonly lastBatch?: { readonly at: Instant; readonly recordAt: Instant };
  /** Of the last ten minutes. */
  readonly errors: number;
  readonly invocations: number;
  /** Of the last three minutes: invocations that were refused for lack of concurrency, and those that were not. */
  readonly throttles: number;
  readonly accepted: number;
  /** The minute since which every invocation failed. */
  readonly errorsSince?: Instant;
  /** An estimate over the last minute or the last complete one; absent if nothing was counted within the last hour. */
  readonly recordsPerSecond?: number;
}

/** What the metrics of the last minutes say of the system. */
export interface SystemMetrics extends Readonly<Record<ConsumerName, ConsumerMetrics>> {
  /** What the topic accepted, an estimate over the last minute or the last complete one; absent if it accepted nothing within the last hour. */
  readonly eventsPerSecond?: number;
  /** Those of the events that report a placed order. */
  readonly ordersPerSecond?: number;
}

const PERIOD_SECONDS = 60;
const LOOK_BACK_MINUTES = 60;
const ERRORS_MINUTES = 10;
const RECENT_MINUTES = 3;
/** The types of the records that a consumer counts. */
export const EVENT_TYPES = ['INSERT', 'MODIFY', 'REMOVE'] as const;
const LAMBDA_METRICS = ['IteratorAge', 'Errors', 'Invocations', 'Throttles'] as const;

type Metric = (typeof EVENT_TYPES)[number] | (typeof LAMBDA_METRICS)[number];

/** Reads the metrics of each consumer. On a stack they are a minute or two late. @throws the SDK's own errors. */
export async function readConsumerMetrics(
  { cloudWatch, service, functions, clock }: ConsumerMetricsDeps,
  signal?: AbortSignal,
): Promise<SystemMetrics> {
  const nowMs = clock.now().getTime();
  const queries = ConsumerName.options.flatMap((consumer): [string, MetricQuery][] => [
    ...LAMBDA_METRICS.map((name): [string, MetricQuery] => [
      `${consumer} ${name}`,
      lambdaMetric(name, functions[consumer]),
    ]),
    ...EVENT_TYPES.map((eventType): [string, MetricQuery] => [
      `${consumer} ${eventType}`,
      recordsHandled({ service, consumer, eventType }),
    ]),
  ]);
  const events = ['EventsPublished', 'OrdersPlaced'].map((name): [string, MetricQuery] => [
    name,
    { namespace: 'order-stream', name, dimensions: { service }, statistic: 'Sum' },
  ]);
  const range = {
    fromMs: nowMs - LOOK_BACK_MINUTES * MS_PER_MINUTE,
    toMs: nowMs,
    periodSeconds: PERIOD_SECONDS,
  };
  const points = await readMetrics(cloudWatch, Object.fromEntries([...queries, ...events]), range, signal);
  const of = (consumer: ConsumerName) => summaryOf((metric) => points(`${consumer} ${metric}`), nowMs);
  const eventsPerSecond = lastMinuteRate([points('EventsPublished')], nowMs);
  const ordersPerSecond = lastMinuteRate([points('OrdersPlaced')], nowMs);
  return {
    'order-events': of('order-events'),
    'search-index': of('search-index'),
    ...(eventsPerSecond === undefined ? {} : { eventsPerSecond }),
    ...(ordersPerSecond === undefined ? {} : { ordersPerSecond }),
  };
}

/** The records that a consumer handled of an event type. */
export const recordsHandled = (dimensions: Readonly<Record<string, string>>): MetricQuery => ({
  namespace: 'order-stream',
  name: 'RecordsHandled',
  dimensions,
  statistic: 'Sum',
});

function summaryOf(points: (metric: Metric) => MetricPoints, nowMs: number): ConsumerMetrics {
  const ageMs = since(points('IteratorAge'), nowMs, RECENT_MINUTES).at(-1)?.[1];
  const [batchMs, batchAgeMs] = since(points('IteratorAge'), nowMs, LOOK_BACK_MINUTES).at(-1) ?? [];
  const errorsSinceMs = firstOfErrors(points('Errors'), points('Invocations'));
  const recordsPerSecond = lastMinuteRate(EVENT_TYPES.map(points), nowMs);
  return {
    ...(ageMs === undefined ? {} : { secondsBehind: Math.round(ageMs / MS_PER_SECOND) }),
    ...(batchMs === undefined || batchAgeMs === undefined ? {} : { lastBatch: batchOf(batchMs, batchAgeMs) }),
    errors: sumSince(points('Errors'), nowMs, ERRORS_MINUTES),
    invocations: sumSince(points('Invocations'), nowMs, ERRORS_MINUTES),
    throttles: sumSince(points('Throttles'), nowMs, RECENT_MINUTES),
    accepted: sumSince(points('Invocations'), nowMs, RECENT_MINUTES),
    ...(errorsSinceMs === undefined ? {} : { errorsSince: instantOf(new Date(errorsSinceMs)) }),
    ...(recordsPerSecond === undefined ? {} : { recordsPerSecond }),
  };
}

const batchOf = (atMs: number, ageMs: number) => ({
  at: instantOf(new Date(atMs)),
  recordAt: instantOf(new Date(atMs - ageMs)),
});

/** The points of the last minutes, the current one included, the oldest first. */
const since = (
  points: MetricPoints,
  nowMs: number,
  minutes: number,
): readonly (readonly [number, number])[] =>
  [...points]
    .filter(([atMs]) => atMs > periodStart(nowMs, PERIOD_SECONDS) - minutes * MS_PER_MINUTE)
    .toSorted(([one], [other]) => one - other);

const sumSince = (points: MetricPoints, nowMs: number, minutes: number): number =>
  since(points, nowMs, minutes).reduce((sum, [, value]) => sum + value, 0);

/** The first of the latest minutes in which every invocation failed. A minute without an invocation changes nothing. */
function firstOfErrors(errors: MetricPoints, invocations: MetricPoints): number | undefined {
  let first: number | undefined;
  for (const [atMs, count] of [...invocations].toSorted(([one], [other]) => other - one)) {
    if ((errors.get(atMs) ?? 0) < count) return first;
    if (count > 0) first = atMs;
  }
  return first;
}

/**
 * The sum of metrics a second. On the local system, the current minute and the part of the one before it that is within the last sixty
 * seconds. On a stack the current minute has no point yet: the latest minute that has one counts.
 */
function lastMinuteRate(metrics: readonly MetricPoints[], nowMs: number): number | undefined {
  if (metrics.every(({ size }) => size === 0)) return undefined;
  const sumAt = (atMs: number): number => metrics.reduce((sum, points) => sum + (points.get(atMs) ?? 0), 0);
  const minuteMs = periodStart(nowMs, PERIOD_SECONDS);
  const latestMs = Math.max(...metrics.flatMap((points) => [...points.keys()]));
  if (latestMs === minuteMs) {
    const remaining = 1 - (nowMs - minuteMs) / MS_PER_MINUTE;
    return (sumAt(minuteMs) + remaining * sumAt(minuteMs - MS_PER_MINUTE)) / PERIOD_SECONDS;
  }
  return latestMs >= minuteMs - RECENT_MINUTES * MS_PER_MINUTE ? sumAt(latestMs) / PERIOD_SECONDS : 0;
}

/** Beyond three hours, a period is five minutes. */
const FINE_MINUTES_MAX = 180;
const COARSE_PERIOD_SECONDS = 300;

/**
 * Reads the lag of each consumer over the last minutes: the highest iterator age of each period. The last period is the current one.
 *
 * @throws the SDK's own errors.
 */
export async function readLagHistory(
  { cloudWatch, functions, clock }: Pick<ConsumerMetricsDeps, 'cloudWatch' | 'functions' | 'clock'>,
  minutes: number,
): Promise<LagHistory> {
  const periodSeconds = minutes > FINE_MINUTES_MAX ? COARSE_PERIOD_SECONDS : PERIOD_SECONDS;
  const nowMs = clock.now().getTime();
  const fromMs = periodStart(nowMs - minutes * MS_PER_MINUTE, periodSeconds);
  const periodMs = periodSeconds * MS_PER_SECOND;
  const queries = {
    'order-events': lambdaMetric('IteratorAge', functions['order-events']),
    'search-index': lambdaMetric('IteratorAge', functions['search-index']),
  };
  const points = await readMetrics(cloudWatch, queries, { fromMs, toMs: nowMs, periodSeconds });
  const periods = Math.floor((nowMs - fromMs) / periodMs) + 1;
  return {
    from: instantOf(new Date(fromMs)),
    periodSeconds,
    limitSeconds: LAG_LIMIT_SECONDS,
    series: ConsumerName.options.map((consumer) => ({
      consumer,
      secondsBehind: Array.from({ length: periods }, (_, index) => {
        const ageMs = points(consumer).get(fromMs + index * periodMs);
        return ageMs === undefined ? null : ageMs / MS_PER_SECOND;
      }),
    })),
  };
}
