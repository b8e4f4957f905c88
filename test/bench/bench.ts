import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Command, Option } from 'commander';
import * as z from 'zod';
import { exitWithReason } from '../../infra/local/exit-with-reason.ts';
import { type RatioBar, ratioChart } from './chart.ts';
import { type Compared, measureColdStart } from './cold-start.ts';
import { type Drained, type DrainRates, measureDrain, NETWORK_DELAY_MS } from './drain.ts';
import { measureGrowth } from './growth.ts';
import { measureImportMemory } from './import-memory.ts';
import { measureLatency } from './latency.ts';
import { measureRecordCost } from './record-cost.ts';
import { measureStartedRelevance } from './relevance/measure-relevance.ts';
import { type Load, scaleOf } from './scaling.ts';
import { measureStartUp } from './start-up.ts';

const BYTES_PER_KB = 1_000;
const NAME_COLUMN = 28;
const SIZE_COLUMN = 12;
const TIME_COLUMN = 32;
const SUBJECT = 'consumer';

const MILLION_ORDERS: Load = { ordersPerSecond: 1_000_000, linesPerOrder: 2, orderWriteUnits: 1 };
/** As infra/template.yaml sets them; what a request takes is an assumption. */
const CONSUMERS_ON_AWS = [
  {
    name: 'order-events',
    batchSize: 100,
    memoryMb: 1_024,
    requestsInARow: 3,
    requestMs: 15,
    recordsPerOrder: 1,
  },
  // The order, and each product whose stock it moves.
  {
    name: 'search-index',
    batchSize: 500,
    memoryMb: 1_024,
    requestsInARow: 1,
    requestMs: 100,
    recordsPerOrder: 3,
  },
] as const;

/** What the chart shows, as the benchmarks that ran have added it. */
const bars: RatioBar[] = [];

/** The benchmarks by name, in the order in which they run. Each prints its figures and returns them. */
const BENCHMARKS: Readonly<Record<string, () => Promise<unknown>>> = {
  drain: reportDrain,
  latency: reportLatency,
  'start-up': reportStartUp,
  'cold-start': reportColdStart,
  'record-cost': reportRecordCost,
  growth: reportGrowth,
  relevance: reportRelevance,
  import: reportImport,
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
  for (const [name, report] of Object.entries(BENCHMARKS)) {
    if (only?.includes(name) ?? true) figures[name] = await report();
  }
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(figures, undefined, 2)}\n`);
  if (chart !== undefined) writeFileSync(chart, ratioChart(bars));
}

async function reportDrain(): Promise<unknown> {
  const rates = await measureDrain();
  printRates('search-index: records drained per second', rates.searchIndex, {
    'plain loop': 10,
    Powertools: 10,
    'bare bulk': 0.9,
  });
  // On loopback DynamoDB Local alone is the bound, which takes all writes in one thread.
  printRates('order-events: records drained per second', rates.orderEvents, { 'plain loop': 3 });
  printRates(
    `order-events with ${NETWORK_DELAY_MS} ms of network before each request: records drained per second`,
    rates.orderEventsDelayed,
    { 'plain loop': 3 },
  );
  return { ...rates, scale: reportScale(rates) };
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
  const measured = await measureImportMemory();
  const { rows, rowsPerSecond, peakRssMiB } = measured;
  console.log('Import of 1 GiB of NDJSON, writing nothing (target: within the 256 MiB of the function)');
  console.log(
    `  peak ${peakRssMiB.toFixed(0)} MiB resident, ${rowsPerSecond.toFixed(0)} orders/s (${rows} orders)\n`,
  );
  return measured;
}

async function reportRecordCost(): Promise<unknown> {
  const cost = await measureRecordCost();
  console.log('CPU a record before any sink, beside unmarshall alone (target: at most 2 times, routed)');
  console.log(`  ${'unmarshall'.padEnd(NAME_COLUMN)}${cost.unmarshallMicroseconds.toFixed(1)} us`);
  for (const { step, microseconds, ratio, quartiles } of cost.steps) {
    const spread = quartiles.map((one) => one.toFixed(2)).join('-');
    console.log(
      `  ${step.padEnd(NAME_COLUMN)}${microseconds.toFixed(1)} us = ${ratio.toFixed(2)} (${spread})`,
    );
  }
  bars.push(
    ...cost.steps.map(({ step, ratio }) => ({
      label: `CPU a record: ${step} / unmarshall`,
      ratio,
      ...(step === 'group and route' && { target: { ratio: 2, is: 'most' as const } }),
    })),
  );
  console.log();
  return cost;
}

async function reportGrowth(): Promise<unknown> {
  const grown = await measureGrowth();
  console.log('Growth with the number of orders: time, heap, and the exponents (1 is linear)');
  for (const { task, sizes, exponents } of grown) {
    const cells = sizes.map(
      ({ orders, ms: time, heapMiB }) => `${orders}: ${time.toFixed(0)} ms, ${heapMiB.toFixed(0)} MiB`,
    );
    console.log(
      `  ${task.padEnd(NAME_COLUMN)}${cells.join('   ')}   time ${exponents.time.toFixed(2)}, memory ${exponents.memory.toFixed(2)}`,
    );
  }
  console.log();
  return grown;
}

/** What 1,000,000 new orders a second would ask for, from what a record was measured to take. */
function reportScale(rates: Drained): unknown {
  const consumers = CONSUMERS_ON_AWS.map((consumer) => ({
    ...consumer,
    cpuMicroseconds:
      rates[consumer.name === 'order-events' ? 'orderEvents' : 'searchIndex']['consumer']?.cpuMicroseconds ??
      Number.NaN,
  }));
  const scale = scaleOf(MILLION_ORDERS, consumers);
  console.log('1,000,000 new orders a second, on paper (docs/scaling.md)');
  console.log(
    `  table: ${whole(scale.tableWriteUnitsPerSecond)} write units/s, ${whole(scale.shards)} shards`,
  );
  for (const { name, batchMs, concurrency, batchesPerShard, dollarsPerDay } of scale.consumers)
    console.log(
      `  ${name}: ${batchMs.toFixed(0)} ms a batch, ${whole(concurrency)} executions at once, ${batchesPerShard.toFixed(2)} a shard, $${whole(dollarsPerDay)} a day`,
    );
  console.log(
    `  table $${whole(scale.tableDollarsPerDay)}, topic $${whole(scale.topicDollarsPerDay)} a day; ${scale.ordersPerHotItem} orders/s are what one stats item or sku bears\n`,
  );
  return { measured: consumers, ...scale };
}

const whole = (value: number): string => Math.ceil(value).toLocaleString('en-US');

function printRates(title: string, rates: DrainRates, targets: Readonly<Record<string, number>>): void {
  console.log(title);
  const ours = rates[SUBJECT]?.recordsPerSecond ?? Number.NaN;
  for (const [name, { recordsPerSecond, cpuMicroseconds }] of Object.entries(rates)) {
    const target = targets[name];
    const wanted = target === undefined ? '' : ` (target: ${target} or more)`;
    const ratio =
      name === SUBJECT ? '' : `   ${SUBJECT} / ${name} = ${(ours / recordsPerSecond).toFixed(2)}${wanted}`;
    console.log(
      `  ${name.padEnd(20)} ${recordsPerSecond.toFixed(0).padStart(8)}/s ${cpuMicroseconds.toFixed(0).padStart(6)} us CPU${ratio}`,
    );
    if (target !== undefined)
      bars.push({
        label: `${title.split(':')[0]}: ${SUBJECT} / ${name}`,
        ratio: ours / recordsPerSecond,
        target: { ratio: target, is: 'least' },
      });
  }
  console.log();
}

function ms(value: number): string {
  return `${value.toFixed(0)} ms`.padStart(8);
}
