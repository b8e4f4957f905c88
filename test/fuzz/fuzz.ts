import { randomInt } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runSeeds } from '../simulation/pool.ts';
import { addToCorpus } from './corpus.ts';
import { runProperties } from './property-round.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
/** Seeds of the simulation between two looks at the clock: a few seconds. */
const SIMULATION_SEEDS = 100;
/** CI has the simulation's seeds below it. */
const FRESH_FROM = 1_000_000;
const FRESH_TO = 2 ** 31;

const USAGE = `npm run fuzz -- [options]
  --minutes N     how long to look for what breaks a property or the simulation (10); what has begun is finished
  --seed N        the properties under that seed once, as a find is seen again
  --only TEXT     only the properties whose name has that text, or only the "simulation"
  --help
Ends at the first find, with status 1, and adds it to test/fuzz/corpus.json, which each run of the tests replays.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** The test files of the unit project that have a property. */
const propertyFiles = globSync('test/unit/**/*.test.ts', { cwd: ROOT })
  .filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('fc.assert('))
  .toSorted();
const freshSeed = (): number => randomInt(FRESH_FROM, FRESH_TO);
const secondsSince = (startMs: number): string => `${Math.round((Date.now() - startMs) / SECOND_MS)} s`;

if (values.help) console.log(USAGE);
else if (values.seed !== undefined) await properties(numberOf('seed', values.seed), values.only);
else await explore(numberOf('minutes', values.minutes) * MINUTE_MS, values.only);

function numberOf(option: string, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number)) return number;
  return fail(`--${option} takes a number, not "${text}".`);
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}

/** Gives the properties and the simulation about half of the time each. */
async function explore(budgetMs: number, only: string | undefined): Promise<void> {
  const endMs = Date.now() + budgetMs;
  for (let found = false; Date.now() < endMs && !found; ) {
    const startMs = Date.now();
    if (only !== 'simulation') found = await properties(freshSeed(), only);
    if (found || (only !== undefined && only !== 'simulation')) continue;
    found = await simulation(Math.min(endMs, 2 * Date.now() - startMs));
  }
  if (process.exitCode === undefined) console.log('Nothing was found.');
}

/** @returns whether one is broken. */
async function properties(seed: number, only: string | undefined): Promise<boolean> {
  const startMs = Date.now();
  const { held, broken } = await runProperties({ seed, files: propertyFiles, only });
  if (held + broken.length === 0) fail(`There is no property whose name has the text "${only}".`);
  console.log(`Properties, seed ${seed}: ${held} hold, ${broken.length} do not (${secondsSince(startMs)})`);
  for (const { error, ...found } of broken) {
    const { file, test, path, shown } = found;
    console.log(`
${test}
  in ${file}
  seed ${found.seed}, path ${path ?? 'unknown'}
  case ${shown ?? 'unknown: the test ended before it was found'}
  again: npm run fuzz -- --seed ${found.seed} --only '${test.replaceAll("'", "'\\''")}'

${error}`);
    addToCorpus({ properties: [found] });
  }
  if (broken.length > 0) process.exitCode = 1;
  return broken.length > 0;
}

/** @returns whether a seed breaks an invariant. */
async function simulation(endMs: number): Promise<boolean> {
  const startMs = Date.now();
  const from = freshSeed();
  let count = 0;
  do {
    const { seeds, failure } = await runSeeds({
      from: from + count,
      count: SIMULATION_SEEDS,
      isShrinking: true,
    });
    count += seeds;
    if (failure === undefined) continue;
    console.log(failure.text);
    addToCorpus({ simulation: [failure.seed] });
    process.exitCode = 1;
    return true;
  } while (Date.now() < endMs);
  console.log(`Simulation, seeds ${from} to ${from + count - 1}: all hold (${secondsSince(startMs)})`);
  return false;
}
