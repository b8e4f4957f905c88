import { describe, expect, it } from 'vitest';
import { Throughput } from '../../../contracts/api/operators.ts';
import { MetricStore } from '../../../infra/local/aws-apis/metric-store.ts';
import { ThroughputHistory } from '../../../infra/local/console/throughput-history.ts';

const START_MS = Date.parse('2026-03-01T12:00:00.000Z');

describe('the history of the throughput', () => {
  it('tells how many records of each type were handled in each second', () => {
    let nowMs = START_MS;
    const clock = { now: () => new Date(nowMs) };
    const metrics = new MetricStore(clock);
    const mapping = { status: () => [] };
    const history = new ThroughputHistory(new Map([['OrderEventsMapping', mapping]]), metrics, clock);
    for (const counts of [{ INSERT: 3 }, { INSERT: 2, REMOVE: 1 }]) {
      nowMs += 1_000;
      for (const [eventType, count] of Object.entries(counts)) {
        const dimensions = { service: 'order-stream', consumer: 'order-events', eventType };
        metrics.record({ namespace: 'order-stream', name: 'RecordsHandled', dimensions }, count);
      }
      history.sample();
    }
    history.stop();
    expect(Throughput.parse(history.view())).toEqual({
      lags: [],
      from: '2026-03-01T12:00:00.000Z',
      periodSeconds: 1,
      series: [
        { consumer: 'order-events', eventType: 'INSERT', perSecond: [3, 2] },
        { consumer: 'order-events', eventType: 'REMOVE', perSecond: [0, 1] },
      ],
    });
  });

  it('removes what is more than two minutes old', () => {
    const history = new ThroughputHistory(new Map(), { total: () => 1 });
    for (let second = 0; second < 300; second += 1) history.sample();
    history.stop();
    expect(history.view().series[0]?.perSecond).toHaveLength(120);
  });
});
