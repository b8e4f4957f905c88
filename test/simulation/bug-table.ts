import { readFileSync, writeFileSync } from 'node:fs';
import { BUGS } from './bugs.ts';
import { runSeeds } from './pool.ts';

const DOCUMENT = new URL('../../docs/lab/simulation.md', import.meta.url);
const BEGIN = '<!-- npm run simulate -- --bugs -->\n';
const END = '<!-- end -->';
const SEEDS_MAX = 2_000;

/** Has the simulation look for each planted bug and writes what it found into docs/lab/simulation.md. */
export async function writeBugTable(): Promise<void> {
  const rows: string[] = [];
  for (const { name, what } of BUGS) {
    const { failure } = await runSeeds({ from: 1, count: SEEDS_MAX, bug: name, isShrinking: true });
    const found = failure
      ? `${failure.invariant} | ${failure.seed} | ${failure.needed} of ${failure.all} |`
      : '**not found** | | |';
    const row = `| \`${name}\` | ${what} | ${found}`;
    console.log(row);
    rows.push(row);
  }
  const head =
    '| bug | what it does | invariant that breaks | first seed | shrunk to |\n|---|---|---|---|---|';
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const after = rest.slice(rest.indexOf(END));
  writeFileSync(DOCUMENT, `${before}${BEGIN}${head}\n${rows.join('\n')}\n${after}`);
}
