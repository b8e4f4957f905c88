import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import type { Benchmark, Benchmarks, Sizes } from './benchmark.ts';
import { type Outcome, type Run, readRun, writeRun } from './run.ts';

const PROGRAM = join('test', 'bench', 'bench.ts');
const MS_PER_MINUTE = 60_000;

/** Measures one benchmark. */
export type Measure = (name: string, benchmark: Benchmark) => Promise<Outcome>;

/** Keeps the outcomes of one commit, so that a run which was interrupted goes on. */
export class KeptOutcomes {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** The outcome of an earlier run, if it has figures. */
  read(name: string): Outcome | undefined {
    const file = this.#fileOf(name);
    const outcome = existsSync(file) ? readRun(file).outcomes[name] : undefined;
    return outcome?.failed === undefined ? outcome : undefined;
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

/** Measures the benchmarks one after the other, but for those that are kept, and shows each. */
export async function runAll(
  benchmarks: Benchmarks,
  empty: Run,
  { kept, measure, show }: { kept: KeptOutcomes | undefined; measure: Measure; show: (line: string) => void },
): Promise<Run> {
  const outcomes: Record<string, Outcome> = {};
  for (const [name, benchmark] of Object.entries(benchmarks)) {
    const known = kept?.read(name);
    show(known === undefined ? `\n${name}` : `\n${name}: of ${known.at}, on this commit`);
    const outcome = known ?? (await measure(name, benchmark));
    outcomes[name] = outcome;
    kept?.write(name, { ...empty, outcomes: { [name]: outcome } });
  }
  return { ...empty, outcomes };
}

/** Measures in a process of its own, which no earlier benchmark has warmed up, and which may crash or hang. */
export const inOwnProcess =
  ({ soakOrders }: Sizes): Measure =>
  async (name, { minutesMax }) => {
    const at = new Date().toISOString();
    const startedAt = performance.now();
    const folder = join(PROJECT_ROOT, '.build', 'bench');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${process.pid}.json`);
    const args = [PROGRAM, '--only', name, '--soak-orders', String(soakOrders), '--json', file];
    const child = spawn(process.execPath, args, {
      cwd: PROJECT_ROOT,
      stdio: 'inherit',
      timeout: minutesMax * MS_PER_MINUTE,
      killSignal: 'SIGKILL',
    });
    try {
      const [status] = await once(child, 'exit');
      const outcome = existsSync(file) ? readRun(file).outcomes[name] : undefined;
      const seconds = (performance.now() - startedAt) / 1_000;
      const failed = `It ended with ${status ?? `SIGKILL after ${minutesMax} minutes`}`;
      return outcome ?? { at, seconds, failed };
    } finally {
      rmSync(file, { force: true });
    }
  };
