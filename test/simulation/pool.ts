import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** Seeds to run one after the other, up to the first that fails. */
export interface SeedRange {
  readonly from: number;
  readonly count: number;
  /** The bug that is planted. */
  readonly bug?: string | undefined;
  readonly isShrinking: boolean;
  /** From the last seed down to the first. */
  readonly isDownwards?: boolean | undefined;
}

/** The outcome of a range. */
export interface SeedsRun {
  readonly from: number;
  /** For each seed that was run. */
  readonly hashes: readonly (readonly [seed: number, hash: string])[];
  readonly steps: number;
  readonly virtualSeconds: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly states: readonly string[];
  readonly failure: Failure | undefined;
}

/** The first seed of a range that fails. */
export interface Failure {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
  /** Once shrunk: how many operations and faults it takes, of how many. */
  readonly needed: number;
  readonly all: number;
  /** For a person to read. */
  readonly text: string;
}

/** The outcome of many seeds. */
export interface Campaign {
  readonly seeds: number;
  readonly steps: number;
  readonly virtualSeconds: number;
  readonly hashes: ReadonlyMap<number, string>;
  readonly faults: ReadonlyMap<string, number>;
  readonly states: ReadonlySet<string>;
  /** The failing seed that comes first, of those that were run. */
  readonly failure: SeedsRun['failure'];
}

const RANGE_SEEDS = 20;
/** A run leaves much garbage. With a larger young generation than by default, less of it is copied before the run ends. */
const WORKER_OPTIONS = { resourceLimits: { maxYoungGenerationSizeMb: 192 } };
/** Threads that wait for seeds: each takes a second or more to load the pipelines and to warm up. */
const idleWorkers: Worker[] = [];

/** Runs seeds on all cores, each worker with a virtual time of its own, and stops soon after the first that fails. */
export async function runSeeds(range: SeedRange, workers = availableParallelism()): Promise<Campaign> {
  const ranges = [...(range.isDownwards ? rangesOf(range).toReversed() : rangesOf(range))];
  const runs: SeedsRun[] = [];
  let hasFailed = false;
  const work = async (): Promise<void> => {
    const worker = idleWorkers.pop() ?? new Worker(new URL('./worker.ts', import.meta.url), WORKER_OPTIONS);
    worker.ref();
    for (let next = ranges.shift(); next !== undefined && !hasFailed; next = ranges.shift()) {
      worker.postMessage(next);
      const [result] = (await once(worker, 'message')) as [SeedsRun];
      runs.push(result);
      hasFailed ||= result.failure !== undefined;
    }
    worker.unref();
    idleWorkers.push(worker);
  };
  await Promise.all(Array.from({ length: Math.min(workers, ranges.length) }, work));
  return campaignOf(runs.toSorted((one, other) => one.from - other.from));
}

function rangesOf({ from, count, ...how }: SeedRange): readonly SeedRange[] {
  return Array.from({ length: Math.ceil(count / RANGE_SEEDS) }, (_, n) => ({
    ...how,
    from: from + n * RANGE_SEEDS,
    count: Math.min(RANGE_SEEDS, count - n * RANGE_SEEDS),
  }));
}

function campaignOf(runs: readonly SeedsRun[]): Campaign {
  const hashes = new Map(runs.flatMap((run) => run.hashes));
  const faults = new Map<string, number>();
  for (const run of runs)
    for (const [kind, times] of Object.entries(run.faults)) faults.set(kind, (faults.get(kind) ?? 0) + times);
  return {
    seeds: hashes.size,
    steps: runs.reduce((sum, { steps }) => sum + steps, 0),
    virtualSeconds: runs.reduce((sum, { virtualSeconds }) => sum + virtualSeconds, 0),
    hashes,
    faults,
    states: new Set(runs.flatMap(({ states }) => states)),
    failure: runs.find(({ failure }) => failure !== undefined)?.failure,
  };
}

/** The outcome of many seeds, for a person. */
export function campaignText({ seeds, steps, virtualSeconds, faults, states }: Campaign): string {
  const injected = [...faults].toSorted(([one], [other]) => one.localeCompare(other));
  const sum = injected.reduce((total, [, times]) => total + times, 0);
  return [
    `${seeds} seeds, ${steps} steps, ${Math.round(virtualSeconds / 3_600)} hours of virtual time, ${states.size} kinds of change`,
    `${sum} faults: ${injected.map(([kind, times]) => `${kind} ${times}`).join(', ')}`,
  ].join('\n');
}
