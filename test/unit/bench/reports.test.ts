import { describe, expect, it } from 'vitest';
import { growth } from '../../bench/reports/growth.ts';
import { lanes } from '../../bench/reports/lanes.ts';
import { latency } from '../../bench/reports/latency.ts';
import { soak } from '../../bench/reports/soak.ts';
import { DISTRIBUTIONS } from '../../bench/scale/orders.ts';
import { memoryGrowth } from '../../soak/memory-growth.ts';

const quantiles = { p50: 1, p99: 2 };
const atRate = (refused: number) => ({
  rate: 20,
  orders: 600,
  refused,
  written: quantiles,
  notified: quantiles,
  searchable: quantiles,
  ratePassed: 20,
});

describe('the report of latency', () => {
  it('marks a load of which orders were refused', () => {
    const { text } = latency.present([atRate(3)]);
    expect(text).toContain('| **3** ');
    expect(text).toContain('**At 20 orders/s, 3 of 600 orders were refused.**');
  });

  it('marks nothing where none was refused', () => {
    expect(latency.present([atRate(0)]).text).not.toContain('**');
  });
});

describe('the report of growth', () => {
  it('has a target for the last step, since a fixed time hides growth', () => {
    const sizes = [50, 500, 5_000].map((orders) => ({ orders, ms: 1_000 + orders ** 2, heapMiB: 1 }));
    const { targets } = growth.present([{ task: 'walk', sizes, exponents: { time: 1, memory: 1 } }]);
    const step = targets.find(({ name }) => name.endsWith('in the last step'));
    expect(step?.measured).toBeGreaterThan(1.9);
    expect(step?.wanted).toBe(1.05);
  });

  it('is beyond that of the sink alone, where that grows too', () => {
    const of = (task: string, power: number) => ({
      task,
      sizes: [50, 500, 5_000].map((orders) => ({ orders, ms: orders ** power, heapMiB: 1 })),
      exponents: { time: power, memory: 1 },
    });
    const { text, targets } = growth.present([{ ...of('walk', 1.3), beside: of('bare walk', 1.2) }]);
    const step = targets.find(({ name }) => name.endsWith('beyond that of bare walk, in the last step'));
    expect(step?.measured).toBeCloseTo(0.1);
    expect(step?.wanted).toBeCloseTo(0.05);
    expect(text).toContain('| bare walk |');
  });
});

describe('the report of the soak', () => {
  const points = Array.from({ length: 60 }, (_, n) => ({ x: n + 1, y: n % 2 }));
  const soaked = {
    orders: 60,
    mails: 0,
    visits: { console: 0, searches: 0, failed: 0 },
    samples: [],
    growth: [memoryGrowth('the process', 60, points), memoryGrowth('a late heap', 60, points.slice(-3))],
    checks: [],
  };

  it('counts what was judged, and names what was not', () => {
    const { text, targets } = soak.present(soaked);
    expect(targets[0]).toMatchObject({ measured: 0, unit: 'of 1' });
    expect(text).toContain('Not judged, with too few samples in that half: a late heap.');
  });
});

describe('the report of lanes', () => {
  const rateOf = (width: number) => (width === 2 ? 980 : width * 1_000);
  const measured = DISTRIBUTIONS.flatMap((distribution) =>
    [1, 2, 4, 8, 16, 32, 64, 128].map((width) => ({
      consumer: 'order-events' as const,
      distribution,
      lanes: width,
      ordersPerLane: 1,
      ordersPerSecond: rateOf(width),
      conflictsPerCommit: 0,
      deliveredAgainPerOrder: 0,
      writeUnitsPerOrder: 0,
      requestsPerOrder: 0,
      hottest: {},
    })),
  );
  const units = {
    api: 6,
    consumer: 11,
    requests: 3,
    parts: { Order: 2, LSI1: 12, IdempotencyTable: 2, Publication: 1 },
  };
  const { text, targets } = lanes.present({
    lanes: measured,
    statusKeyUnits: 400,
    writeUnits: {
      alone: units,
      inBatches: units,
      ofLowStock: units,
      aloneAndLimited: units,
      limitedUpToTheMost: units,
      plainAlone: units,
      plainInBatches: units,
    },
  });

  it('misses a target where a step to more lanes handles fewer orders', () => {
    const steps = targets.filter(({ name }) => name.includes('half as many lanes'));
    expect(steps.map((step) => step.measured)).toEqual(DISTRIBUTIONS.map(() => 0.98));
  });

  it('shows the units with the idempotency record beside those of the target', () => {
    expect(text).toMatch(/\*\*the table and its indexes\*\* +\| 14\.00/);
    expect(text).toMatch(/\*\*with the idempotency record\*\* +\| 16\.00/);
    expect(targets.find(({ unit }) => unit === 'units')?.measured).toBe(14);
  });
});
