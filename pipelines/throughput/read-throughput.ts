import type { MappingLag, Throughput } from '../../contracts/api/operators.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_MINUTE, MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { type ConsumerMetricsDeps, EVENT_TYPES, recordsHandled } from '../status/consumer-metrics.ts';
import { lambdaMetric, periodStart, readMetrics } from '../status/metric-points.ts';

const PERIOD_SECONDS = 60;
const PERIODS = 30;
const PERIOD_MS = PERIOD_SECONDS * MS_PER_SECOND;
const LAG_MINUTES = 10;
/** A metric of a stack comes so many minutes late at most; until then a minute has no point, which is not 0. */
const LATE_PERIODS = 2;

/** Reads the throughput and the lag of the consumers, a minute or two late. @throws the SDK's own errors. */
export async function readThroughput(deps: ConsumerMetricsDeps): Promise<Throughput> {
  const nowMs = deps.clock.now().getTime();
  const [lags, throughput] = await Promise.all([iteratorAges(deps, nowMs), handledRecords(deps, nowMs)]);
  return { lags, ...throughput };
}

/** How many records a second the consumers handled in each of the last 30 minutes that have their metrics. */
async function handledRecords(
  { cloudWatch, service }: ConsumerMetricsDeps,
  nowMs: number,
): Promise<Pick<Throughput, 'from' | 'periodSeconds' | 'series'>> {
  const toMs = periodStart(nowMs, PERIOD_SECONDS);
  const wanted = ConsumerName.options.flatMap((consumer) =>
    EVENT_TYPES.map((eventType) => ({ consumer, eventType, name: `${consumer} ${eventType}` })),
  );
  const queries = wanted.map(
    ({ consumer, eventType, name }) => [name, recordsHandled({ service, consumer, eventType })] as const,
  );
  const range = { fromMs: toMs - (PERIODS + LATE_PERIODS) * PERIOD_MS, toMs, periodSeconds: PERIOD_SECONDS };
  const points = await readMetrics(cloudWatch, Object.fromEntries(queries), range);
  const latestMs = Math.max(...wanted.flatMap(({ name }) => [...points(name).keys()]));
  const isLate = latestMs >= toMs - (LATE_PERIODS + 1) * PERIOD_MS;
  const fromMs = (isLate ? latestMs + PERIOD_MS : toMs) - PERIODS * PERIOD_MS;
  const series = wanted.map(({ consumer, eventType, name }) => ({
    consumer,
    eventType,
    // A minute without records has no value.
    perSecond: Array.from(
      { length: PERIODS },
      (_, n) => (points(name).get(fromMs + n * PERIOD_MS) ?? 0) / PERIOD_SECONDS,
    ),
  }));
  return { from: instantOf(new Date(fromMs)), periodSeconds: PERIOD_SECONDS, series };
}

/** The lag of each consumer: the latest iterator age, which Lambda publishes for a complete mapping. */
async function iteratorAges(
  { cloudWatch, functions }: ConsumerMetricsDeps,
  nowMs: number,
): Promise<MappingLag[]> {
  const queries = {
    'order-events': lambdaMetric('IteratorAge', functions['order-events']),
    'search-index': lambdaMetric('IteratorAge', functions['search-index']),
  };
  const range = { fromMs: nowMs - LAG_MINUTES * MS_PER_MINUTE, toMs: nowMs, periodSeconds: PERIOD_SECONDS };
  const points = await readMetrics(cloudWatch, queries, range);
  return ConsumerName.options.map((mapping) => {
    const [, millis] = [...points(mapping)].toSorted(([one], [other]) => other - one)[0] ?? [];
    return {
      mapping,
      ...(millis === undefined ? {} : { secondsBehind: Math.round(millis / MS_PER_SECOND) }),
    };
  });
}
