import type { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { describe, expect, it } from 'vitest';
import { LagHistory } from '../../../contracts/api/status.ts';
import { Instant } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import { readConsumerMetrics, readLagHistory } from '../../../pipelines/status/consumer-metrics.ts';
import { readMetricsAtPause } from '../../../pipelines/status/read-pauses.ts';

const NOW = new Date('2026-03-01T12:30:30.000Z');
type Points = readonly (readonly [minute: string, value: number])[];

/** A CloudWatch that has these points of order-events, by the metric's name, or by its event type. */
function depsWith(points: Readonly<Record<string, Points>>, requests: GetMetricDataCommand['input'][] = []) {
  const send = async ({ input }: GetMetricDataCommand) => {
    requests.push(input);
    return {
      MetricDataResults: input.MetricDataQueries?.map(({ Id, MetricStat }) => {
        const { MetricName = '', Dimensions = [] } = MetricStat?.Metric ?? {};
        const dimensions = new Map(Dimensions.map(({ Name, Value }) => [Name, Value]));
        const isMeant =
          ['EventsPublished', 'OrdersPlaced'].includes(MetricName) ||
          dimensions.get('FunctionName') === 'events' ||
          dimensions.get('consumer') === 'order-events';
        const of = (isMeant && points[dimensions.get('eventType') ?? MetricName]) || [];
        return {
          Id,
          Timestamps: of.map(([minute]) => new Date(`2026-03-01T${minute}:00.000Z`)),
          Values: of.map(([, value]) => value),
        };
      }),
    };
  };
  return {
    cloudWatch: { send } as unknown as CloudWatchClient,
    service: 'shop',
    functions: { 'order-events': 'events', 'search-index': 'search' },
    clock: { now: () => NOW },
  };
}
const metricsWith = async (points: Readonly<Record<string, Points>>) =>
  (await readConsumerMetrics(depsWith(points)))['order-events'];

describe('the metrics of a consumer', () => {
  it('have the lag of the last minute with a batch', async () => {
    const metrics = await metricsWith({
      IteratorAge: [
        ['12:29', 4_200],
        ['12:28', 9_000],
      ],
    });
    expect(metrics.secondsBehind).toBe(4);
  });

  it('have no lag once no batch was sent for three minutes, but the last batch', async () => {
    const metrics = await metricsWith({ IteratorAge: [['12:27', 4_200]] });
    expect(metrics).not.toHaveProperty('secondsBehind');
    expect(metrics.lastBatch).toEqual({
      at: '2026-03-01T12:27:00.000Z',
      recordAt: '2026-03-01T12:26:55.800Z',
    });
    expect(await metricsWith({})).not.toHaveProperty('lastBatch');
  });

  it('have the minute since which every invocation failed', async () => {
    const metrics = await metricsWith({
      Invocations: [
        ['12:25', 3],
        ['12:26', 2],
        ['12:28', 4],
        ['12:30', 1],
      ],
      Errors: [
        ['12:25', 2],
        ['12:26', 2],
        ['12:28', 4],
        ['12:30', 1],
      ],
    });
    expect(metrics).toMatchObject({ errors: 9, invocations: 10, errorsSince: '2026-03-01T12:26:00.000Z' });
  });

  it('have no such minute after a success', async () => {
    const metrics = await metricsWith({ Invocations: [['12:30', 2]], Errors: [['12:30', 1]] });
    expect(metrics).not.toHaveProperty('errorsSince');
  });

  it('count the invocations of three minutes that are refused, and those that are accepted', async () => {
    const Throttles: Points = [
      ['12:30', 4],
      ['12:27', 9],
    ];
    const Invocations: Points = [
      ['12:29', 1],
      ['12:26', 9],
    ];
    expect(await metricsWith({ Throttles })).toMatchObject({ throttles: 4, accepted: 0 });
    expect(await metricsWith({ Throttles, Invocations })).toMatchObject({ throttles: 4, accepted: 1 });
  });

  it('estimate the rate of the last sixty seconds from the current minute and the one before', async () => {
    const metrics = await metricsWith({
      INSERT: [
        ['12:30', 30],
        ['12:29', 60],
      ],
      MODIFY: [['12:29', 60]],
    });
    expect(metrics.recordsPerSecond).toBe(1.5);
  });

  it.each([
    ['the latest minute that has some', { INSERT: [['12:29', 60]], MODIFY: [['12:28', 30]] }, 1],
    ['a minute that is two minutes late', { INSERT: [['12:27', 60]] }, 1],
    ['nothing once no record was counted for more than three minutes', { INSERT: [['12:26', 60]] }, 0],
    ['no number where no record was counted', {}, undefined],
  ] satisfies [string, Record<string, Points>, number | undefined][])(
    'have the rate of %s',
    async (_, points, rate) => {
      expect((await metricsWith(points)).recordsPerSecond).toBe(rate);
    },
  );
});

it('the metrics have the events that the topic accepted a second, and the orders among them alone', async () => {
  const points: Record<string, Points> = {
    EventsPublished: [['12:30', 90]],
    OrdersPlaced: [['12:30', 30]],
    INSERT: [['12:30', 600]],
  };
  expect(await readConsumerMetrics(depsWith(points))).toMatchObject({
    eventsPerSecond: 1.5,
    ordersPerSecond: 0.5,
  });
});

it('the metrics of a consumer that is paused are read as they were when it was paused', async () => {
  const requests: GetMetricDataCommand['input'][] = [];
  const deps = depsWith({ IteratorAge: [['09:20', 18_000_000]] }, requests);
  const enabled = { state: 'Enabled', lastProcessingResult: 'OK', maximumRecordAgeSeconds: 21_600 };
  const changedAt = parse(Instant, '2026-03-01T09:20:30.000Z');
  const paused = { ...enabled, state: 'Disabled', changedAt };
  const mappings = { 'order-events': paused, 'search-index': enabled };
  const read = await readMetricsAtPause(deps, mappings, {});
  expect(read).toMatchObject({ 'order-events': { secondsBehind: 18_000 } });
  expect(read).not.toHaveProperty('search-index');
  expect(requests.map(({ EndTime }) => EndTime)).toEqual([new Date(changedAt)]);
  const at = parse(Instant, '2026-03-01T08:00:00.000Z');
  await readMetricsAtPause(deps, mappings, { 'order-events': { by: 'olga', at } });
  expect(requests.at(-1)?.EndTime).toEqual(new Date(at));
});

describe('the history of the lag', () => {
  it('has a period for each minute, the current one included, and null where no batch was sent', async () => {
    const history = await readLagHistory(
      depsWith({
        IteratorAge: [
          ['12:30', 1_500],
          ['12:16', 500],
        ],
      }),
      15,
    );
    expect(LagHistory.parse(history)).toEqual(history);
    expect(history).toMatchObject({ from: '2026-03-01T12:15:00.000Z', periodSeconds: 60, limitSeconds: 300 });
    const nothing = (count: number) => Array.from({ length: count }, () => null);
    expect(history.series).toEqual([
      { consumer: 'order-events', secondsBehind: [null, 0.5, ...nothing(13), 1.5] },
      { consumer: 'search-index', secondsBehind: nothing(16) },
    ]);
  });

  it('has periods of five minutes beyond three hours', async () => {
    const requests: GetMetricDataCommand['input'][] = [];
    const history = await readLagHistory(depsWith({}, requests), 1_440);
    expect(history.periodSeconds).toBe(300);
    expect(history.series[0]?.secondsBehind).toHaveLength(289);
    expect(requests[0]?.MetricDataQueries?.[0]?.MetricStat).toMatchObject({ Period: 300, Stat: 'Maximum' });
  });
});
