import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import * as z from 'zod';
import { exitWithReason } from '../../infra/local/machine/exit-with-reason.ts';
import { type RatioBar, ratioChart } from './chart.ts';
import { reportColdStart } from './reports/cold-start.ts';
import { reportDrain } from './reports/drain.ts';
import { reportGrowth } from './reports/growth.ts';
import { reportImport } from './reports/import.ts';
import { reportLanes } from './reports/lanes.ts';
import { reportLatency } from './reports/latency.ts';
import { reportPageCost } from './reports/page-cost.ts';
import { reportRecordCost } from './reports/record-cost.ts';
import { reportRelevance } from './reports/relevance.ts';
import type { Benchmark } from './reports/report.ts';
import { reportSearchLatency } from './reports/search-latency.ts';
import { reportStartUp } from './reports/start-up.ts';

/** The benchmarks by name, in the order in which they run. */
const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  drain: reportDrain,
  latency: reportLatency,
  'start-up': reportStartUp,
  'cold-start': reportColdStart,
  'record-cost': reportRecordCost,
  'page-cost': reportPageCost,
  growth: reportGrowth,
  relevance: reportRelevance,
  'search-latency': reportSearchLatency,
  import: reportImport,
  scale: reportLanes,
};

const Options = z.object({
  only: z.array(z.string()).optional(),
  json: z.string().optional(),
  chart: z.string().optional(),
});

const program = new Command('npm run bench --')
  .description('Measures the system on real parts, beside named alternatives.')
  .addOption(new Option('--only <name...>', 'run these benchmarks alone').choices(Object.keys(BENCHMARKS)))
  .option('--json <file>', 'write the figures to this file too')
  .option('--chart <file>', 'draw the ratios into this SVG file');

await main(Options.parse(program.parse().opts())).catch(exitWithReason);

async function main({ only, json, chart }: z.infer<typeof Options>): Promise<void> {
  const [processor] = cpus();
  const machine = `${cpus().length} x ${processor?.model ?? 'unknown'}, Node.js ${process.version}`;
  console.log(machine);
  console.log(
    "Absolute figures are this machine's; what carries over is the ratios, whose two sides ran in turn.\n",
  );
  const figures: Record<string, unknown> = { machine };
  const bars: RatioBar[] = [];
  for (const [name, run] of Object.entries(BENCHMARKS)) {
    if (!(only?.includes(name) ?? true)) continue;
    const report = await run();
    figures[name] = report.figures;
    bars.push(...(report.bars ?? []));
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  if (chart !== undefined) writeFileSync(chart, ratioChart(bars));
}
