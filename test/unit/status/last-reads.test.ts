import type { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { Instant } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { MappingDescription } from '../../../pipelines/status/consumer-mappings.ts';
import { readLastReads } from '../../../pipelines/status/last-reads.ts';

const NOW = new Date('2026-03-01T12:30:30.000Z');
const enabled: MappingDescription = {
  state: 'Enabled',
  lastProcessingResult: 'OK',
  maximumRecordAgeSeconds: 21_600,
};
const { signal } = new AbortController();

/** When each mapping last read, by what CloudWatch has of the mapping `orders`. */
async function lastReads(points: Readonly<Record<string, number>>, orderEvents = enabled) {
  const send = async ({ input }: GetMetricDataCommand) => {
    const { StartTime = NOW, EndTime = NOW, MetricDataQueries = [] } = input;
    const { MetricName, Dimensions = [] } = MetricDataQueries[0]?.MetricStat?.Metric ?? {};
    const [{ Name, Value } = {}] = Dimensions;
    const isMeant =
      MetricName === 'PolledEventCount' && Name === 'EventSourceMappingUUID' && Value === 'orders';
    const found = Object.entries(isMeant ? points : {})
      .map(([minute, count]) => [new Date(`2026-03-01T${minute}:00.000Z`), count] as const)
      .filter(([at]) => at >= StartTime && at < EndTime);
    return {
      MetricDataResults: [
        { Id: 'm0', Timestamps: found.map(([at]) => at), Values: found.map(([, count]) => count) },
      ],
    };
  };
  const cloudWatch = { send } as unknown as CloudWatchClient;
  const mappingId = async (consumer: ConsumerName) => (consumer === 'order-events' ? 'orders' : 'search');
  const clock = { now: () => NOW };
  const mappings = { 'order-events': orderEvents, 'search-index': enabled };
  return readLastReads({ cloudWatch, clock, mappingId }, mappings, signal);
}

it('a mapping last read in the last minute in which it read a record, of its own', async () => {
  expect(await lastReads({ '12:28': 0, '12:27': 16, '12:05': 16 })).toEqual({
    'order-events': { at: '2026-03-01T12:27:00.000Z' },
    'search-index': { at: undefined },
  });
});

it('a mapping that has found no record for an hour has no last read', async () => {
  expect((await lastReads({ '12:28': 0, '11:29': 16 }))['order-events']).toEqual({ at: undefined });
});

it('the last read of a consumer that is paused is that before its mapping changed', async () => {
  const paused = { ...enabled, state: 'Disabled', changedAt: parse(Instant, '2026-03-01T09:20:30.000Z') };
  const reads = await lastReads({ '12:28': 16, '09:20': 16 }, paused);
  expect(reads['order-events']).toEqual({ at: '2026-03-01T09:20:00.000Z' });
});
