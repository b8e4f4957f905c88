import { describe, expect, it } from 'vitest';
import { countWriteUnits } from '../bench/scale/run-in-workers.ts';

/** What is in tables of its own. */
const ELSEWHERE = ['IdempotencyTable', 'Publication'];
const sumOf = (parts: Readonly<Record<string, number>>): number =>
  Object.values(parts).reduce((sum, units) => sum + units, 0);
const inTable = (parts: Readonly<Record<string, number>>): number =>
  sumOf(Object.fromEntries(Object.entries(parts).filter(([part]) => !ELSEWHERE.includes(part))));

describe('the write units of an order of two lines, placed with an idempotency key', () => {
  it('are these, alone: 14 of the table and its indexes', async () => {
    const { parts } = await countWriteUnits(1);
    expect(parts).toEqual({
      Order: 2,
      LSI1: 1,
      GSI1: 1,
      IdempotencyTable: 2,
      Reservation: 2,
      Product: 4,
      Tally: 2,
      DailyStats: 2,
      Publication: 1,
    });
    expect(inTable(parts)).toBe(14);
  });

  it('are less in batches of 100, whose orders share the stats', async () => {
    const { parts } = await countWriteUnits(100);
    expect(parts['DailyStats']).toBe(0.04);
    expect(inTable(parts)).toBeCloseTo(12.04);
  });
});
