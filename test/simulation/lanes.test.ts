import { describe, expect, it } from 'vitest';
import type { LanesMeasured } from '../bench/scale/measure-lanes.ts';
import { measureEach } from '../bench/scale/run-in-workers.ts';

const LANES = 32;
const TIMES_LEAST = 8;
const ORDERS_PER_LANE = 200;
const AGAIN_MOST = 0.05;

describe('the consumer order-events in 32 lanes', () => {
  it('handles at least 8 times as many orders a second as in one, and few of them twice', async () => {
    const asked = {
      consumer: 'order-events',
      distribution: 'superstore',
      ordersPerLane: ORDERS_PER_LANE,
    } as const;
    const [one, many] = (await measureEach([1, LANES].map((lanes) => ({ ...asked, lanes })))) as [
      LanesMeasured,
      LanesMeasured,
    ];

    console.log(
      `1 lane: ${one.ordersPerSecond.toFixed(0)} orders/s, ${LANES}: ${many.ordersPerSecond.toFixed(0)}`,
    );
    expect(many.ordersPerSecond / one.ordersPerSecond).toBeGreaterThan(TIMES_LEAST);
    expect(many.deliveredAgainPerOrder).toBeLessThan(AGAIN_MOST);
  });
});
