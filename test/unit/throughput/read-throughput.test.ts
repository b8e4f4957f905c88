import type { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { Throughput } from '../../../contracts/api/operators.ts';
import { readThroughput } from '../../../pipelines/throughput/read-throughput.ts';

const NOW = new Date('2026-03-01T12:30:20.000Z');

/** A CloudWatch that has, of each metric that is asked for, what `valuesOf` gives. */
function cloudWatchWith(
  valuesOf: (dimensions: Readonly<Record<string, string>>) => readonly (readonly [string, number])[],
): CloudWatchClient {
  const send = async ({ input }: GetMetricDataCommand) => ({
    MetricDataResults: input.MetricDataQueries?.map(({ Id, MetricStat }) => {
      const dimensions = (MetricStat?.Metric?.Dimensions ?? []).map(({ Name, Value }) => [Name, Value]);
      const values = valuesOf(Object.fromEntries(dimensions));
      return {
        Id,
        Timestamps: values.map(([at]) => new Date(at)),
        Values: values.map(([, value]) => value),
      };
    }),
  });
  return { send } as unknown as CloudWatchClient;
}

it('reads the throughput of a stack from its metrics', async () => {
  const cloudWatch = cloudWatchWith(({ FunctionName, service, consumer, eventType }) => {
    if (FunctionName === 'events') return [['2026-03-01T12:29:00.000Z', 4_200]];
    if (service === 'shop' && consumer === 'search-index' && eventType === 'MODIFY')
      return [['2026-03-01T12:29:00.000Z', 90]];
    return [];
  });
  const functions = { 'order-events': 'events', 'search-index': 'search' };
  const throughput = await readThroughput({
    cloudWatch,
    service: 'shop',
    functions,
    clock: { now: () => NOW },
  });
  expect(Throughput.parse(throughput)).toEqual(throughput);
  expect(throughput.lags).toEqual([
    { mapping: 'order-events', secondsBehind: 4 },
    { mapping: 'search-index' },
  ]);
  expect(throughput.from).toBe('2026-03-01T12:00:00.000Z');
  const rates = throughput.series.map(({ consumer, eventType, perSecond }) => [
    `${consumer} ${eventType}`,
    perSecond,
  ]);
  const nothing = Array.from({ length: 30 }, () => 0);
  expect(Object.fromEntries(rates)).toEqual({
    'order-events INSERT': nothing,
    'order-events MODIFY': nothing,
    'order-events REMOVE': nothing,
    'search-index INSERT': nothing,
    'search-index MODIFY': [...nothing.slice(1), 1.5],
    'search-index REMOVE': nothing,
  });
});

it.each([
  [
    'ends with the last minute that has its metrics',
    '2026-03-01T12:27:00.000Z',
    '2026-03-01T11:58:00.000Z',
    1.5,
  ],
  [
    'ends now where nothing was handled for longer',
    '2026-03-01T12:26:00.000Z',
    '2026-03-01T12:00:00.000Z',
    0,
  ],
])('the throughput of a stack %s', async (_, lastAt, from, last) => {
  const throughput = await readThroughput({
    cloudWatch: cloudWatchWith(({ eventType }) => (eventType === 'MODIFY' ? [[lastAt, 90]] : [])),
    service: 'shop',
    functions: { 'order-events': 'events', 'search-index': 'search' },
    clock: { now: () => NOW },
  });
  expect(throughput.from).toBe(from);
  const modified = throughput.series.find(({ eventType }) => eventType === 'MODIFY');
  expect(modified?.perSecond).toHaveLength(30);
  expect(modified?.perSecond.at(-1)).toBe(last);
});
