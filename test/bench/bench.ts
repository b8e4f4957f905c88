import { cpus } from 'node:os';
import { type DrainRates, measureDrain, NETWORK_DELAY_MS } from './drain.ts';
import { measureLatency } from './latency.ts';
import { measureStartUp } from './start-up.ts';

const [processor] = cpus();
console.log(`${cpus().length} x ${processor?.model ?? 'unknown'}, Node.js ${process.version}`);
console.log(
  "Absolute figures are this machine's; what carries over is the ratios, whose two sides ran in turn.\n",
);

const { orderEvents, orderEventsDelayed, searchIndex } = await measureDrain();
printRates(
  'search-index: records drained per second',
  searchIndex,
  'consumer',
  'target: 10 times the plain loop or more',
);
printRates(
  'order-events: records drained per second',
  orderEvents,
  'consumer',
  'target: 3 times the plain loop or more',
);

printRates(
  `order-events with ${NETWORK_DELAY_MS} ms of network before each request: records drained per second`,
  orderEventsDelayed,
  'consumer',
  'on loopback DynamoDB Local alone is the bound, which takes all writes in one thread',
);

const { searchable, notified } = await measureLatency();
console.log("From the API's answer, one order every 100 ms, batching window 0");
console.log(
  `  write -> searchable   p50 ${ms(searchable.p50)}   p99 ${ms(searchable.p99)}   (the index refreshes once a second)`,
);
console.log(`  write -> notified     p50 ${ms(notified.p50)}   p99 ${ms(notified.p99)}\n`);

const { readySeconds, memoryMiB } = await measureStartUp();
console.log('npm run dev to ready, once set up (target: 15 s)');
console.log(`  ${readySeconds.toFixed(1)} s, ${memoryMiB.toFixed(0)} MiB resident in all processes`);

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
