import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { deserialize, serialize } from 'node:v8';

/** The seed of every property unless FUZZ_SEED names another. */
const FIXED_SEED = 20_261_128;
/** How often a property that does not say it is tried under a seed that was not fixed; fast-check's own number is 100. */
const SEARCH_RUNS = 500;
const CORPUS = fileURLToPath(new URL('corpus.json', import.meta.url));

/** What once broke a property. */
export interface BrokenProperty {
  /** Its file, from the root of the project. */
  readonly file: string;
  /** Its name, after those of the suites that it is in. */
  readonly test: string;
  readonly seed: number;
  /** Where the run of that seed has the shrunk case, for fast-check; absent when the test ended without one. */
  readonly path?: string;
  /** The shrunk case, for a person. */
  readonly shown?: string;
  /** The shrunk case, by {@link kept}; absent where it cannot be kept. */
  readonly value?: string;
}

/** What CI replays: each case that `npm run fuzz` found. */
export interface Corpus {
  readonly properties: readonly BrokenProperty[];
  /** Seeds that broke an invariant of the simulation. */
  readonly simulation: readonly number[];
}

/** How a property is run. */
export interface PropertyRun {
  readonly seed: number;
  /** How often, where the property does not say it. */
  readonly numRuns?: number;
  /** Cases to try first: the arguments of the property, each. */
  readonly examples: unknown[][];
}

/** The corpus's file: test/fuzz/corpus.json, or what FUZZ_CORPUS names. */
const corpusFile = (): string => process.env['FUZZ_CORPUS'] ?? CORPUS;

export const readCorpus = (): Corpus => JSON.parse(readFileSync(corpusFile(), 'utf8'));

/** Adds to the corpus what is not in it. */
export function addToCorpus({ properties = [], simulation = [] }: Partial<Corpus>): void {
  const corpus = readCorpus();
  const isNew = ({ file, test, seed }: BrokenProperty): boolean =>
    !corpus.properties.some((one) => one.file === file && one.test === test && one.seed === seed);
  const grown: Corpus = {
    properties: [...corpus.properties, ...properties.filter(isNew)],
    simulation: [...new Set([...corpus.simulation, ...simulation])],
  };
  writeFileSync(corpusFile(), `${JSON.stringify(grown, null, 2)}\n`);
}

/**
 * A case as text that restores it, with what JSON cannot hold (undefined, -0, NaN, dates, bytes, lone surrogates): by the
 * structured clone algorithm.
 *
 * @returns undefined for a case that does not survive it, such as one with a function or an object of a class.
 */
export function kept(value: unknown): string | undefined {
  try {
    const bytes = serialize(value);
    return isDeepStrictEqual(deserialize(bytes), value) ? bytes.toString('base64') : undefined;
  } catch {
    return undefined; // A function, a symbol or a promise: DataCloneError.
  }
}

/** The seed that the environment names for this run. */
export const namedSeed = (environment = process.env): number | undefined =>
  environment['FUZZ_SEED'] === undefined ? undefined : Number(environment['FUZZ_SEED']);

/**
 * How a property is run: under the seed that is named, or under the fixed one after each case that broke it before. Where such
 * a case could not be kept, its seed takes the place of the fixed one, so that the run comes to the case again.
 */
export function propertyRun(
  { file, test }: Pick<BrokenProperty, 'file' | 'test'>,
  { properties }: Corpus,
  named = namedSeed(),
): PropertyRun {
  if (named !== undefined) return { seed: named, numRuns: SEARCH_RUNS, examples: [] };
  const broken = properties.filter((one) => one.file === file && one.test === test);
  const examples = broken.flatMap(({ value }) => (value === undefined ? [] : [argumentsOf(value)]));
  const unkept = broken.findLast(({ value }) => value === undefined);
  if (unkept === undefined) return { seed: FIXED_SEED, examples };
  return { seed: unkept.seed, numRuns: SEARCH_RUNS, examples };
}

const argumentsOf = (value: string): unknown[] => deserialize(Buffer.from(value, 'base64'));

/** A line for the beginning of a run. */
export const seedText = (named = namedSeed()): string =>
  named === undefined
    ? `Properties run with seed ${FIXED_SEED}, after the cases of test/fuzz/corpus.json`
    : `Properties run with seed ${named}, which FUZZ_SEED names`;
