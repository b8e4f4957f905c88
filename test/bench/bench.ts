import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import * as z from 'zod';
import { exitWithReason } from '../../infra/local/exit-with-reason.ts';
import { type Compared, measureColdStart } from './cold-start.ts';
import { type DrainRates, measureDrain, NETWORK_DELAY_MS } from './drain.ts';
import { measureImportMemory } from './import-memory.ts';
import { measureLatency } from './latency.ts';
import { measureStartedRelevance } from './relevance/measure-relevance.ts';
import { measureStartUp } from './start-up.ts';

const BYTES_PER_KB = 1_000;
const NAME_COLUMN = 28;
const SIZE_COLUMN = 12;
const TIME_COLUMN = 32;

/** The benchmarks by name, in the order in which they run. Each prints its figures and returns them. */
const BENCHMARKS: Readonly<Record<string, () => Promise<unknown>>> = {
  drain: reportDrain,
  latency: reportLatency,
  'start-up': reportStartUp,
  'cold-start': reportColdStart,
  relevance: reportRelevance,
  import: reportImport,
};

const Options = z.object({ only: z.array(z.string()).optional(), json: z.string().optional() });

const program = new Command('npm run bench --')
  .description('Measures the system on real parts, beside named alternatives.')
  .addOption(new Option('--only <name...>', 'run these benchmarks alone').choices(Object.keys(BENCHMARKS)))
  .option('--json <file>', 'write the figures to this file too');

await main(Options.parse(program.parse().opts())).catch(exitWithReason);

async function main({ only, json }: z.infer<typeof Options>): Promise<void> {
  const [processor] = cpus();
  const machine = `${cpus().length} x ${processor?.model ?? 'unknown'}, Node.js ${process.version}`;
  console.log(machine);
  console.log(
    "Absolute figures are this machine's; what carries over is the ratios, whose two sides ran in turn.\n",
  );
  const figures: Record<string, unknown> = { machine };
  for (const [name, report] of Object.entries(BENCHMARKS)) {
    if (only?.includes(name) ?? true) figures[name] = await report();
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
}

async function reportDrain(): Promise<unknown> {
  const rates = await measureDrain();
  printRates(
    'search-index: records drained per second',
    rates.searchIndex,
    'consumer',
    'target: 10 times the plain loop or more',
  );
  printRates(
    'order-events: records drained per second',
    rates.orderEvents,
    'consumer',
    'target: 3 times the plain loop or more',
  );
  printRates(
    `order-events with ${NETWORK_DELAY_MS} ms of network before each request: records drained per second`,
    rates.orderEventsDelayed,
    'consumer',
    'on loopback DynamoDB Local alone is the bound, which takes all writes in one thread',
  );
  return rates;
}

async function reportLatency(): Promise<unknown> {
  const latency = await measureLatency();
  const { searchable, notified } = latency;
  console.log("From the API's answer, one order every 100 ms, batching window 0");
  console.log(
    `  write -> searchable   p50 ${ms(searchable.p50)}   p99 ${ms(searchable.p99)}   (the index refreshes once a second)`,
  );
  console.log(`  write -> notified     p50 ${ms(notified.p50)}   p99 ${ms(notified.p99)}\n`);
  return latency;
}

async function reportStartUp(): Promise<unknown> {
  const startUp = await measureStartUp();
  console.log('npm run dev to ready, once set up (target: 15 s)');
  console.log(
    `  ${startUp.readySeconds.toFixed(1)} s, ${startUp.memoryMiB.toFixed(0)} MiB resident in all processes\n`,
  );
  return startUp;
}

async function reportColdStart(): Promise<unknown> {
  const starts = await measureColdStart();
  console.log('Cold start of the API, function / plain SDK handler (target: at most 1.3 times its init)');
  printColdStart(['function', 'bundle, kB', 'init, ms', 'CPU in init, ms', 'init and first call, ms']);
  for (const { logicalId, bundleBytes, init, initCpu, answered } of starts) {
    const kilobytes = [bundleBytes.ours, bundleBytes.plain].map((size) => (size / BYTES_PER_KB).toFixed(0));
    printColdStart([logicalId, kilobytes.join(' / '), sides(init), sides(initCpu), sides(answered)]);
  }
  console.log();
  return starts;
}

function printColdStart([first = '', size = '', ...times]: readonly string[]): void {
  const columns = times.map((one) => one.padStart(TIME_COLUMN)).join('');
  console.log(`  ${first.padEnd(NAME_COLUMN)}${size.padStart(SIZE_COLUMN)}${columns}`);
}

/** `137 / 102 = 1.34 (1.28-1.40)`: medians, their ratio, and the quartiles of the pairs' ratios. */
function sides(compared: Compared | undefined): string {
  if (compared === undefined) return '-';
  const { ours, plain, ratio, quartiles } = compared;
  const spread = quartiles.map((one) => one.toFixed(2)).join('-');
  return `${ours.toFixed(0)} / ${plain.toFixed(0)} = ${ratio.toFixed(2)} (${spread})`;
}

async function reportRelevance(): Promise<unknown> {
  const relevance = await measureStartedRelevance();
  const { mean, queries } = relevance;
  console.log(`Relevance of GET /search/orders: NDCG@10 of ${queries.length} judged queries, 5,009 orders`);
  console.log('  search   plain match   query');
  for (const { q, kind, search, plainMatch } of queries)
    console.log(`  ${search.toFixed(3)}    ${plainMatch.toFixed(3)}         ${kind}: ${q}`);
  console.log(
    `  ${mean.search.toFixed(3)}    ${mean.plainMatch.toFixed(3)}         mean   search / plain match = ${(mean.search / mean.plainMatch).toFixed(2)}\n`,
  );
  return relevance;
}

async function reportImport(): Promise<unknown> {
  const memory = await measureImportMemory();
  const { rows, rowsPerSecond, peakRssMiB } = memory;
  console.log('Import of 1 GiB of NDJSON, writing nothing (target: within the 256 MiB of the function)');
  console.log(
    `  peak ${peakRssMiB.toFixed(0)} MiB resident, ${rowsPerSecond.toFixed(0)} orders/s (${rows} orders)\n`,
  );
  return memory;
}

function printRates(title: string, rates: DrainRates, subject: string, target: string): void {
  console.log(`${title} (${target})`);
  const ours = rates[subject] ?? Number.NaN;
  for (const [name, rate] of Object.entries(rates)) {
    const ratio = name === subject ? '' : `   ${subject} / ${name} = ${(ours / rate).toFixed(2)}`;
    console.log(`  ${name.padEnd(20)} ${rate.toFixed(0).padStart(8)}${ratio}`);
  }
  console.log();
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`.padStart(8);
}
