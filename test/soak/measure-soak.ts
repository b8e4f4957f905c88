import { openShop } from '../../infra/demo/fill.ts';
import { expectedAfterImport } from '../../infra/demo/live.ts';
import { DEMO_PARAMETERS } from '../../infra/demo/play-demo.ts';
import { silent } from '../../infra/demo/progress.ts';
import { reconcile } from '../../infra/demo/reconcile.ts';
import { Subscriber } from '../../infra/demo/subscriber.ts';
import { readSuperstore, type Superstore } from '../../infra/demo/superstore.ts';
import { readTable } from '../../pipelines/reconciliation/read-table.ts';
import { type Point, perSecond } from '../bench/statistics.ts';
import { importRound, repeated } from './import-rounds.ts';
import { type MemoryGrowth, memoryGrowth } from './memory-growth.ts';
import type { Drained } from './protocol.ts';
import { SystemProcess } from './system-process.ts';
import { Visitors, type Visits } from './visitors.ts';

const SEGMENTS = 4;
const ROUNDS = 60;
/** What a round takes beside its orders, draining and collecting garbage, is to be a small part of it. */
const ROUND_MIN = 50;
const SHOWN = 10;
/** What is done on a schedule is done from the beginning, so that the last half has no other work, nor other threads, than the first. */
const PARAMETERS = { ...DEMO_PARAMETERS, AutomaticReplaySchedule: 'rate(1 minute)' };
const PROCESS = 'the process, resident';

/** The system when so many orders were through. */
export interface SoakSample {
  readonly orders: number;
  readonly ordersPerSecond: number;
  readonly residentBytes: number;
  /** Of all threads, without garbage. */
  readonly heapBytes: number;
  readonly workers: number;
}

/** What became of a system under many orders. */
export interface Soaked {
  readonly orders: number;
  readonly mails: number;
  readonly visits: Visits;
  /** Some of the samples, evenly, and the last one. */
  readonly samples: readonly SoakSample[];
  /** Of the process, and for each thread of its heap without code and of its compiled code. */
  readonly growth: readonly MemoryGrowth[];
  /** The comparison of everything with everything at the end. */
  readonly checks: readonly {
    readonly name: string;
    readonly figures: string;
    readonly differences: number;
  }[];
}

/**
 * Sends so many orders through the local system, with mails, while a console is open and searches come. They come in rounds,
 * each drained before the next, so that the samples are of one state.
 */
export async function measureSoak(orders: number): Promise<Soaked> {
  await using started = new AsyncDisposableStack();
  const system = await SystemProcess.start(PARAMETERS);
  started.defer(() => system.stop());
  const subscriber = Subscriber.start(system);
  started.defer(() => subscriber.stop());
  const superstore = repeated(await readSuperstore(), orders);
  await openShop(system, superstore, silent);
  const visitors = new Visitors(system);
  started.defer(async () => {
    await visitors.stop();
  });
  const rounds = await soak(system, superstore);
  const visits = await visitors.stop();
  const { items } = await readTable(system.clients.dynamoDb, system.names['Table'] ?? '', SEGMENTS);
  const placed = items.filter((item) => item.entityType === 'Order');
  const expected = { events: expectedAfterImport(placed), malformed: [] };
  const checks = await reconcile(system, expected, new Set(subscriber.events.keys()));
  const mails = await system.mails.names();
  return {
    orders,
    mails: mails.length,
    visits,
    samples: shown(rounds).map(({ sample }) => sample),
    growth: growthOf(rounds),
    checks: checks.map(({ name, figures, differences }) => ({
      name,
      figures,
      differences: differences.length,
    })),
  };
}

interface Round {
  readonly sample: SoakSample;
  readonly heaps: Drained['heaps'];
}

async function soak(system: SystemProcess, { orders }: Superstore): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  const size = Math.max(ROUND_MIN, Math.ceil(orders.length / ROUNDS));
  for (let from = 0; from < orders.length; from += size) {
    const some = orders.slice(from, from + size);
    const startedAt = performance.now();
    await importRound(system, some, `imports/soak-${from}.csv.gz`);
    const { residentBytes, heaps } = await system.drained();
    const sample = {
      orders: from + some.length,
      ordersPerSecond: perSecond(some.length, performance.now() - startedAt),
      residentBytes,
      heapBytes: heaps.reduce((sum, { bytes, codeBytes }) => sum + bytes + codeBytes, 0),
      workers: heaps.length - 1,
    };
    rounds.push({ sample, heaps });
    console.log(`  ${sample.orders} orders, ${sample.ordersPerSecond.toFixed(0)}/s`);
  }
  return rounds;
}

function growthOf(rounds: readonly Round[]): readonly MemoryGrowth[] {
  const orders = rounds.at(-1)?.sample.orders ?? 0;
  // Also those that ended before the last round.
  const threads = new Set(rounds.flatMap(({ heaps }) => heaps.map(({ thread }) => thread)));
  return [
    memoryGrowth(
      PROCESS,
      orders,
      rounds.map(({ sample }) => ({ x: sample.orders, y: sample.residentBytes })),
    ),
    ...[...threads].flatMap((thread) => [
      memoryGrowth(`heap of ${thread}, without code`, orders, pointsOf(rounds, thread, 'bytes')),
      memoryGrowth(`compiled code of ${thread}`, orders, pointsOf(rounds, thread, 'codeBytes')),
    ]),
  ];
}

const pointsOf = (rounds: readonly Round[], thread: string, of: 'bytes' | 'codeBytes'): readonly Point[] =>
  rounds.flatMap(({ sample, heaps }) =>
    heaps.filter((heap) => heap.thread === thread).map((heap) => ({ x: sample.orders, y: heap[of] })),
  );

const shown = (rounds: readonly Round[]): readonly Round[] => {
  const every = Math.max(1, Math.round(rounds.length / SHOWN));
  return rounds.filter((_, place) => (rounds.length - 1 - place) % every === 0);
};
