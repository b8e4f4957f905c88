import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BUGS } from './bugs.ts';
import { runSeeds } from './pool.ts';

const SEEDS_MAX = 1_500;
const documented = readFileSync(new URL('../../docs/lab/simulation.md', import.meta.url), 'utf8');

describe('a planted bug', () => {
  it.each(BUGS)('is found: $name', async ({ name, what }) => {
    const { failure } = await runSeeds({ from: 1, count: SEEDS_MAX, bug: name, isShrinking: false });

    console.log(`${name}: "${failure?.invariant}" at seed ${failure?.seed}`);
    expect(failure).toBeDefined();
    expect(documented).toContain(`| \`${name}\` | ${what} |`);
  });
});
