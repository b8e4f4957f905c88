import { describe, expect, it } from 'vitest';
import { MetricStore } from '../../../infra/local/aws-apis/metric-store.ts';

const START_MS = Date.parse('2026-03-01T12:00:30.000Z');
const MINUTE_MS = 60_000;
const AGE = { namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName: 'one' } };

function storeAt(nowMs: number) {
  const time = { nowMs };
  return { time, store: new MetricStore({ now: () => new Date(time.nowMs) }) };
}

describe('the metrics of the local system', () => {
  it('have the current minute', () => {
    const { store } = storeAt(START_MS);
    store.record(AGE, 40);
    store.record(AGE, 70);
    expect(store.points(AGE, 'Maximum', 60, START_MS - MINUTE_MS, START_MS + 1)).toEqual({
      timesMs: [START_MS - 30_000],
      values: [70],
    });
  });

  it('have no point for a minute without a value', () => {
    const { store, time } = storeAt(START_MS);
    store.record(AGE, 40);
    time.nowMs += 2 * MINUTE_MS;
    store.record(AGE, 50);
    expect(store.points(AGE, 'Sum', 60, START_MS, time.nowMs + 1).values).toEqual([40, 50]);
  });

  it('are aggregated over longer periods', () => {
    const { store, time } = storeAt(START_MS);
    for (const value of [10, 20, 60]) {
      store.record(AGE, value);
      time.nowMs += MINUTE_MS;
    }
    const points = (statistic: 'Sum' | 'Average' | 'Minimum' | 'SampleCount') =>
      store.points(AGE, statistic, 300, START_MS, time.nowMs).values;
    expect([points('Sum'), points('Average'), points('Minimum'), points('SampleCount')]).toEqual([
      [90],
      [30],
      [10],
      [3],
    ]);
  });

  it('distinguish dimensions, in any order', () => {
    const { store } = storeAt(START_MS);
    const metric = (dimensions: Record<string, string>) => ({ namespace: 'n', name: 'm', dimensions });
    store.record(metric({ a: '1', b: '2' }), 5);
    const sum = (dimensions: Record<string, string>) =>
      store.points(metric(dimensions), 'Sum', 60, START_MS, START_MS + 1).values;
    expect([sum({ b: '2', a: '1' }), sum({ a: '1' })]).toEqual([[5], []]);
  });

  it('forget what is older than a day', () => {
    const { store, time } = storeAt(START_MS);
    store.record(AGE, 1);
    time.nowMs += 25 * 60 * MINUTE_MS;
    store.record(AGE, 2);
    expect(store.points(AGE, 'Sum', 60, START_MS, time.nowMs + 1).values).toEqual([2]);
  });

  it('come from log lines in embedded metric format', () => {
    const { store } = storeAt(START_MS);
    const line = {
      _aws: {
        Timestamp: START_MS,
        CloudWatchMetrics: [
          {
            Namespace: 'order-stream',
            Dimensions: [['service', 'consumer']],
            Metrics: [
              { Name: 'RecordsHandled', Unit: 'Count' },
              { Name: 'RecordsRetried', Unit: 'Count' },
            ],
          },
        ],
      },
      service: 'order-stream',
      consumer: 'order-events',
      RecordsHandled: 3,
      RecordsRetried: [1, 1],
    };
    store.recordLogLine(JSON.stringify(line));
    store.recordLogLine('{"CloudWatchMetrics": no metrics}');
    const sum = (name: string) =>
      store.points(
        {
          namespace: 'order-stream',
          name,
          dimensions: { service: 'order-stream', consumer: 'order-events' },
        },
        'Sum',
        60,
        START_MS,
        START_MS + 1,
      ).values;
    expect([sum('RecordsHandled'), sum('RecordsRetried')]).toEqual([[3], [2]]);
  });
});
