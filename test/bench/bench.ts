import { join } from 'node:path';
import { Command, Option } from 'commander';
import * as z from 'zod';
import { exitWithReason } from '../../infra/local/machine/exit-with-reason.ts';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { count } from '../../infra/ops/command-line/arguments.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { JSON_FILE, writePage } from './page/files.ts';
import { emptyRun, treeOf } from './page/machine.ts';
import { printed } from './page/page.ts';
import { outcomeOf, type Run, readRun, writeRun } from './page/run.ts';
import { inOwnProcess, keptOutcomesOf, runAll } from './page/run-all.ts';

const SOAK_ORDERS = 100_000;

const Options = z.object({
  all: z.boolean().default(false),
  render: z.boolean().default(false),
  only: z.array(z.string()).default([]),
  json: z.string().optional(),
  soakOrders: z.number(),
});
type Options = z.infer<typeof Options>;

const program = new Command('npm run bench --')
  .description('Measures the system on real parts, beside named alternatives.')
  .addOption(new Option('--only <name...>', 'measure these and print them').choices(Object.keys(BENCHMARKS)))
  .option('--json <file>', 'with --only: write the figures to this file too')
  .option(
    '--all',
    'measure everything and write docs/lab/benchmarks.md; on a commit without changes, go on where the run before ended',
  )
  .option('--render', 'write docs/lab/benchmarks.md again, from the figures of benchmarks.json')
  .option('--soak-orders <number>', 'how many orders the soak has', count, SOAK_ORDERS);

await main(Options.parse(program.parse().opts())).catch(exitWithReason);

async function main({ all, render, only, json, soakOrders }: Options): Promise<void> {
  const sizes = { soakOrders };
  if (render) return writePage(readRun(join(PROJECT_ROOT, JSON_FILE)), BENCHMARKS);
  if (all) {
    const empty = emptyRun();
    const kept = keptOutcomesOf(empty, sizes);
    const measure = inOwnProcess(sizes);
    const run = await runAll(BENCHMARKS, empty, { kept, measure, tree: treeOf, show: console.log });
    writePage(run, BENCHMARKS);
    return endAs(run);
  }
  if (only.length === 0) program.help({ error: true });
  const run = emptyRun();
  for (const name of only) {
    const benchmark = BENCHMARKS[name];
    if (benchmark === undefined) continue;
    const outcome = await outcomeOf(benchmark, sizes);
    run.outcomes[name] = outcome;
    console.log(`\n${printed(benchmark, outcome)}`);
  }
  if (json !== undefined) writeRun(json, run);
  endAs(run);
  // A benchmark that failed may have left something open that would keep the process.
  process.exit();
}

/** Ends with 1 if a benchmark failed; a missed target is a result. */
function endAs({ outcomes }: Run): void {
  if (Object.values(outcomes).some(({ failed }) => failed !== undefined)) process.exitCode = 1;
}
