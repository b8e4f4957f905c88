import { describe, expect, it } from 'vitest';
import { readCorpus } from '../fuzz/corpus.ts';
import { FAULT_KINDS } from './faults.ts';
import { type Campaign, campaignText, runSeeds } from './pool.ts';
import { runTwice } from './twice.ts';

const SEEDS_ALL = 10_000;
const SEEDS = seedsToRun(process.env['SIMULATION_SEEDS'] ?? String(SEEDS_ALL));
/** Fewer seeds than this need not have every kind of fault and change: the rarest occurs in one of hundreds. */
const SEEDS_OF_EVERY_KIND = 2_000;
const SEEDS_RUN_TWICE = 200;
/** All that can happen to an order must have happened. */
const STATES = [
  'Order none -> placed',
  'Order placed -> confirmed',
  'Order confirmed -> shipped',
  'Order shipped -> delivered',
  'Order placed -> cancelled',
  'Order confirmed -> cancelled',
  'Order placed -> rejected',
  'Order placed -> none',
  'Order cancelled -> none',
  'Order placed -> malformed',
  'Order malformed -> placed',
  'Order malformed -> none',
  'Reservation none -> RESERVED',
  'Reservation none -> REJECTED',
  'Reservation none -> RELEASED',
  'Reservation RESERVED -> RELEASED',
  'Reservation RELEASED -> RESERVED',
  'order-events gives up',
  'search-index gives up',
  'order.high-value is replayed',
  'a dead letter is forged',
];

describe('a simulated system', () => {
  let campaign: Campaign | undefined;

  it(`keeps every invariant for ${SEEDS} seeds`, async () => {
    campaign = await runSeeds({ from: 1, count: SEEDS, isShrinking: true });

    console.log(`Seeds 1 to ${SEEDS}: ${campaignText(campaign)}`);
    expect(campaign.failure?.text).toBeUndefined();
    expect(campaign.seeds).toBe(SEEDS);
  });

  it('has every kind of fault and change in its runs', ({ skip }) => {
    skip(
      SEEDS < SEEDS_OF_EVERY_KIND,
      `${SEEDS} seeds need not meet every kind of fault and change; ${SEEDS_OF_EVERY_KIND} do`,
    );
    const { faults, states } = campaign ?? { faults: new Map(), states: new Set() };

    expect([...faults.keys()].toSorted()).toEqual([...FAULT_KINDS].toSorted());
    expect(STATES.filter((state) => !states.has(state))).toEqual([]);
  });

  it.each(readCorpus().simulation)(
    'keeps every invariant for seed %i, which once broke one',
    async (from) => {
      const { failure } = await runSeeds({ from, count: 1, isShrinking: true });

      expect(failure?.text).toBeUndefined();
    },
  );

  it('takes the same steps to the same end each time that a seed is run', async () => {
    const { once, differing } = await runTwice({ from: 1, count: SEEDS_RUN_TWICE, isShrinking: false }, 1);

    expect(differing).toEqual([]);
    expect(new Set(once.hashes.values()).size).toBe(SEEDS_RUN_TWICE);
  });
});

/** @throws RangeError for what is no number of seeds: of none, nothing would be known. */
function seedsToRun(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RangeError('SIMULATION_SEEDS must be an integer of at least 1');
}
