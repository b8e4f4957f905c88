import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUGS } from './bugs.ts';
import { type Failure, runSeeds } from './pool.ts';

const SEEDS_MAX = 1_500;
const SEED_COLUMN = 4;
const documented = readFileSync(new URL('../../docs/lab/simulation.md', import.meta.url), 'utf8');

/** At the seed that the document names, or at any other of the first ones. */
async function failureOf(bug: string): Promise<Failure | undefined> {
  const row = documented.split('\n').find((line) => line.startsWith(`| \`${bug}\` |`));
  const from = Number(row?.split('|')[SEED_COLUMN]) || 1;
  const atSeed = await runSeeds({ from, count: 1, bug, isShrinking: false });
  if (atSeed.failure !== undefined) return atSeed.failure;
  return (await runSeeds({ from: 1, count: SEEDS_MAX, bug, isShrinking: false })).failure;
}

describe('a planted bug', () => {
  it.each(BUGS)('is found: $name', async ({ name, what }) => {
    const failure = await failureOf(name);

    console.log(`${name}: "${failure?.invariant}" at seed ${failure?.seed}`);
    expect(failure).toBeDefined();
    expect(documented).toContain(`| \`${name}\` | ${what} |`);
  });
});
