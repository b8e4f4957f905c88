import { Command } from 'commander';
import * as z from 'zod';
import { openShop } from '../../infra/demo/fill.ts';
import { expectedAfterImport } from '../../infra/demo/live.ts';
import { silent } from '../../infra/demo/progress.ts';
import { reconcile, reportChecks } from '../../infra/demo/reconcile.ts';
import { Subscriber } from '../../infra/demo/subscriber.ts';
import { readSuperstore, type Superstore } from '../../infra/demo/superstore.ts';
import { exitWithReason } from '../../infra/local/machine/exit-with-reason.ts';
import { count } from '../../infra/ops/command-line/arguments.ts';
import { readTable } from '../../pipelines/reconciliation/read-table.ts';
import { perSecond, slope } from '../bench/statistics.ts';
import { importRound, repeated } from './import-rounds.ts';
import { SoakedSystem } from './soaked-system.ts';

const SLOPE_ORDERS = 10_000;
/** The share of the run in which caches fill, and functions start. */
const WARM_UP_SHARE = 0.3;
const BYTES_PER_MIB = 1_048_576;
const SEGMENTS = 4;

/** The system's memory when so many orders were through. */
interface Sample {
  readonly orders: number;
  readonly residentMiB: number;
  /** The heaps of all threads without garbage. */
  readonly heapMiB: number;
  readonly workers: number;
}

const Options = z.object({ orders: z.number(), round: z.number() });

const program = new Command('npm run soak --')
  .description('Sends many orders through the real local system, and prints how its memory grows.')
  .option('--orders <number>', 'how many', count, 100_000)
  .option('--round <number>', 'how many of them at a time', count, 1_000)
  .parse();

await main(Options.parse(program.opts())).catch(exitWithReason);

async function main({ orders, round }: z.infer<typeof Options>): Promise<void> {
  await using started = new AsyncDisposableStack();
  const system = await SoakedSystem.start();
  started.defer(() => system.stop());
  const subscriber = new Subscriber({
    sqs: system.clients.sqs,
    queueUrl: system.names['NotificationsQueue'] ?? '',
  });
  subscriber.start();
  started.defer(() => subscriber.stop());
  const superstore = repeated(await readSuperstore(), orders);
  await openShop(system, superstore, silent);
  reportMemory(await soak(system, superstore, round));
  const { items } = await readTable(system.clients.dynamoDb, system.names['Table'] ?? '', SEGMENTS);
  const placed = items.filter((item) => item.entityType === 'Order');
  const expected = { events: expectedAfterImport(placed), malformed: [] };
  const checks = await reconcile(system, expected, new Set(subscriber.events.keys()));
  if (!reportChecks(checks)) process.exitCode = 1;
}

/** Imports round after round, each drained before the next, so that the samples are of one state. */
async function soak(system: SoakedSystem, { orders }: Superstore, size: number): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  console.log(columns('orders', 'orders/s', 'RSS, MiB', 'heap, MiB', 'workers'));
  for (let from = 0; from < orders.length; from += size) {
    const round = orders.slice(from, from + size);
    const startedAt = performance.now();
    await importRound(system, round, `imports/soak-${from}.csv.gz`);
    const { residentBytes, heapBytes, workers } = await system.drained();
    const rate = perSecond(round.length, performance.now() - startedAt);
    const [residentMiB, heapMiB] = [residentBytes / BYTES_PER_MIB, heapBytes / BYTES_PER_MIB];
    samples.push({ orders: from + round.length, residentMiB, heapMiB, workers });
    console.log(
      columns(from + round.length, rate.toFixed(0), residentMiB.toFixed(0), heapMiB.toFixed(0), workers),
    );
  }
  return samples;
}

/** A worker that comes late is a step and no slope: only samples with as many workers as in the end are measured. */
function reportMemory(samples: readonly Sample[]): void {
  const workers = samples.at(-1)?.workers;
  const warm = samples.slice(Math.floor(samples.length * WARM_UP_SHARE));
  const measured = warm.filter((sample) => sample.workers === workers);
  const [first] = measured;
  if (first === undefined || measured.length < 2) {
    console.log('Too few orders for a slope.');
    return;
  }
  const growthOf = (memory: 'residentMiB' | 'heapMiB'): string =>
    slope(measured.map((sample) => ({ x: sample.orders / SLOPE_ORDERS, y: sample[memory] }))).toFixed(1);
  console.log(
    `From ${first.orders} orders on, in 10,000 orders: RSS ${growthOf('residentMiB')} MiB, heap without garbage ${growthOf('heapMiB')} MiB.`,
  );
}

function columns(...values: readonly (string | number)[]): string {
  return values.map((value) => String(value).padStart(10)).join('');
}
