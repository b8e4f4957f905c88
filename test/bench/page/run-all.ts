import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { killMarked } from '../process-tree.ts';
import type { Benchmark, Benchmarks, Sizes } from './benchmark.ts';
import { type Outcome, type Run, readRun, writeRun } from './run.ts';

const PROGRAM = join('test', 'bench', 'bench.ts');
const MS_PER_MINUTE = 60_000;
/** By its value, the processes of one benchmark are found. */
const MARK = 'BENCHMARK_RUN';

/** Measures one benchmark. */
export type Measure = (name: string, benchmark: Benchmark) => Promise<Outcome>;

interface Known {
  readonly outcome: Outcome;
  readonly load: number;
}

/** How {@link runAll} measures, and what it looks at. */
export interface RunAllOptions {
  readonly kept: KeptOutcomes | undefined;
  readonly measure: Measure;
  /** The tree now. */
  readonly tree: () => Pick<Run, 'commit' | 'isClean'>;
  readonly show: (line: string) => void;
}

/** Keeps the outcomes of one commit, so that a run which was interrupted goes on. */
export class KeptOutcomes {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The outcome of an earlier run on this machine, if it has figures, and the load before that run. */
  read(name: string, { machine }: Pick<Run, 'machine'>): Known | undefined {
    const file = this.#fileOf(name);
    const run = existsSync(file) ? readRun(file) : undefined;
    const outcome = run?.outcomes[name];
    if (run?.machine !== machine || outcome === undefined || outcome.failed !== undefined) return undefined;
    return { outcome, load: run.load };
  }

  write(name: string, run: Run): void {
    writeRun(this.#fileOf(name), run);
  }

  #fileOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

/** Where the outcomes of a tree are kept; `undefined` for one that is no commit's, whose figures could be of other code. */
export const keptOutcomesOf = ({ commit, isClean }: Run, { soakOrders }: Sizes): KeptOutcomes | undefined =>
  isClean ? new KeptOutcomes(join(PROJECT_ROOT, '.build', 'bench', commit, String(soakOrders))) : undefined;

/**
 * Measures the benchmarks one after the other, but for those that are kept, and shows each. What is measured while the tree is not the one
 * that the run began with is not kept, and the run says that it had changes.
 */
export async function runAll(
  benchmarks: Benchmarks,
  empty: Run,
  { kept, measure, tree, show }: RunAllOptions,
): Promise<Run> {
  const outcomes: Record<string, Outcome> = {};
  let { load, isClean } = empty;
  const { commit } = empty;
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    const known = kept?.read(name, empty);
    if (known !== undefined) {
      show(`\n${name}: of ${known.outcome.at}, on this commit`);
      outcomes[name] = known.outcome;
      load = Math.max(load, known.load);
      continue;
    }
    show(`\n${name}`);
    const outcome = await measure(name, benchmark);
    outcomes[name] = outcome;
    if (isDeepStrictEqual(tree(), { commit, isClean: empty.isClean })) {
      kept?.write(name, { ...empty, outcomes: { [name]: outcome } });
    } else {
      isClean = false;
      show(`${name} is not kept: the commit or the files have changed since the run began`);
    }
  }
  return { ...empty, load, isClean, outcomes };
}

/**
 * Measures in a process of its own, which no earlier benchmark has warmed up, and which may crash or hang. It is killed at its limit. What it
 * has started and left is killed after any end, so that the next benchmark has the machine for itself.
 */
export const inOwnProcess =
  ({ soakOrders }: Sizes): Measure =>
  async (name, { minutesMax }) => {
    const at = new Date().toISOString();
    const startedAt = performance.now();
    const folder = join(PROJECT_ROOT, '.build', 'bench');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${process.pid}.json`);
    const args = [PROGRAM, '--only', name, '--soak-orders', String(soakOrders), '--json', file];
    const mark = `${process.pid} ${name} ${at}`;
    const child = spawn(process.execPath, args, {
      cwd: PROJECT_ROOT,
      env: { ...process.env, [MARK]: mark },
      stdio: 'inherit',
      timeout: minutesMax * MS_PER_MINUTE,
      killSignal: 'SIGKILL',
    });
    try {
      const [status, signal] = await once(child, 'exit');
      const left = await killMarked(MARK, mark);
      if (left > 0) console.log(`${name}: ${left} processes that it had left were killed`);
      const outcome = existsSync(file) ? readRun(file).outcomes[name] : undefined;
      const seconds = (performance.now() - startedAt) / 1_000;
      const failed = `It ended with ${status ?? signal}; its limit is ${minutesMax} minutes`;
      return outcome ?? { at, seconds, failed };
    } finally {
      rmSync(file, { force: true });
    }
  };
