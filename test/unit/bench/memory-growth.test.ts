import { describe, expect, it } from 'vitest';
import { Dice } from '../../simulation/random.ts';
import { memoryGrowth } from '../../soak/memory-growth.ts';

const MIB = 1_048_576;
const ORDERS_A_ROUND = 1_000;

/** The memory after each of 60 rounds, with noise of up to 2 MiB. */
function memory(bytesAfter: (orders: number) => number, seed = 1) {
  const dice = new Dice(seed);
  return Array.from({ length: 60 }, (_, round) => {
    const orders = (round + 1) * ORDERS_A_ROUND;
    return { x: orders, y: 100 * MIB + bytesAfter(orders) + dice.between(0, 2 * MIB) };
  });
}

const growthOf = (points: ReturnType<typeof memory>, orders = 60 * ORDERS_A_ROUND) =>
  memoryGrowth('heap', orders, points);
const isGrowing = (points: ReturnType<typeof memory>) => growthOf(points).isGrowing;

describe('memory', () => {
  it('that keeps a kilobyte of each order grows', () => {
    expect(isGrowing(memory((orders) => orders * 1_024))).toBe(true);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed))('that is level does not grow: noise %i', (seed) => {
    expect(isGrowing(memory(() => 0, seed))).toBe(false);
  });

  it('that grows while the system warms up, and no longer in the last half, does not grow', () => {
    expect(isGrowing(memory((orders) => Math.min(orders, 20_000) * 1_024))).toBe(false);
  });

  it('that takes a step, such as for a new thread, does not grow', () => {
    expect(isGrowing(memory((orders) => (orders > 42_000 ? 20 * MIB : 0)))).toBe(false);
  });

  it('that rises by less than its noise does not grow', () => {
    expect(isGrowing(memory((orders) => orders * 20))).toBe(false);
  });

  it('of too few samples is not judged', () => {
    expect(isGrowing(memory(() => 0).slice(-7))).toBeUndefined();
  });

  it('of a thread that ended in the first half of the orders is not judged', () => {
    expect(isGrowing(memory((orders) => orders * 1_024).slice(0, 30))).toBeUndefined();
  });

  it('grows as soon as it keeps more of each order than the least that would be found', () => {
    const { leastFoundBytesPerOrder } = growthOf(memory(() => 0));
    expect(isGrowing(memory((orders) => orders * 2 * leastFoundBytesPerOrder))).toBe(true);
    expect(isGrowing(memory((orders) => (orders * leastFoundBytesPerOrder) / 2))).toBe(false);
  });
});
