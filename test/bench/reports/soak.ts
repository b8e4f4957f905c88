import { measureSoak, type Soaked } from '../../soak/measure-soak.ts';
import type { MemoryGrowth } from '../../soak/memory-growth.ts';
import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';

const BYTES_PER_MIB = 1_048_576;

const METHOD = paragraphs(`
  Orders of the superstore, again and again under ids of their own, through the local system in a process of its own. They come as imports, one after the
  other, each drained before the next. Order mails are on. Some products run out in the first half, so that orders are rejected and mails are sent to the
  end. A user gets 50 mails a day at most: of what is above it, the comparison counts each as a difference. The automatic replay runs each minute. A
  console is open on its overview, and a search comes each second. After each import, the garbage of all threads is collected. The resident memory is that
  of the system's process, with all functions and without the servers.
`);

const JUDGED = paragraphs(`
  The last half of the orders, for the process and for the heap of each thread. Compiled code is apart: V8 compiles what has run often again, rare paths
  after tens of thousands of orders, in steps that would hide what is kept. Memory grows beyond noise if all of these hold:

  - the test of Mann and Kendall finds a rise, at 3 standard deviations;
  - the rise, by the slope of Theil and Sen, is more than twice the deviation from the line;
  - in both quarters that slope is more than 16 bytes an order: a leak goes on, and a step does not.

  So a small leak hides in the noise: *least found* are the bytes an order from which on the rise would be seen.
`);

export const soak: Benchmark<Soaked> = {
  title: 'Soak',
  minutesMax: 60,
  measure: ({ soakOrders }) => measureSoak(soakOrders),
  present: ({ orders, mails, visits, samples, growth, checks }) => ({
    text: [
      METHOD,
      `${figure(orders)} orders, ${figure(mails)} mails, ${figure(visits.console)} requests of the console and ${figure(visits.searches)} searches. ` +
        `Of these requests, ${figure(visits.failed)} failed.`,
      table(
        ['orders', 'orders/s', 'resident, MiB', 'heaps without garbage, MiB', 'workers'],
        samples.map((sample) => [
          figure(sample.orders),
          figure(sample.ordersPerSecond),
          mib(sample.residentBytes),
          mib(sample.heapBytes),
          String(sample.workers),
        ]),
      ),
      JUDGED,
      table(
        [
          'memory',
          'at the end, MiB',
          'bytes an order',
          'rise, MiB',
          'deviation, MiB',
          'least found, bytes an order',
          'trend',
          'grows',
        ],
        growth
          .filter(isJudged)
          .map((one) => [
            one.name,
            mib(one.lastBytes, 1),
            figure(one.bytesPerOrder),
            mib(one.riseBytes, 2),
            mib(one.noiseBytes, 2),
            figure(one.leastFoundBytesPerOrder),
            figure(one.trend, 1),
            one.isGrowing ? '**yes**' : 'no',
          ]),
      ),
      ...notJudged(growth),
      'The comparison of everything with everything at the end:',
      table(
        ['what', 'compared', 'differences'],
        checks.map((check) => [check.name, check.figures, figure(check.differences)]),
      ),
    ].join('\n\n'),
    targets: [
      {
        name: 'soak: the process and heaps that grow beyond noise',
        measured: growing(growth),
        wanted: 0,
        is: 'most',
        unit: `of ${growth.filter(isJudged).length}`,
      },
      {
        name: 'soak: differences at the end',
        measured: checks.reduce((sum, { differences }) => sum + differences, 0),
        wanted: 0,
        is: 'most',
        unit: 'differences',
      },
    ],
  }),
};

const isJudged = ({ isGrowing }: MemoryGrowth): boolean => isGrowing !== undefined;

function notJudged(growth: readonly MemoryGrowth[]): readonly string[] {
  const names = growth.filter((one) => !isJudged(one)).map(({ name }) => name);
  return names.length === 0 ? [] : [`Not judged, with too few samples in that half: ${names.join(', ')}.`];
}

/** No number where the run was too short to say it of the process. */
const growing = (growth: readonly MemoryGrowth[]): number =>
  growth[0]?.isGrowing === undefined ? Number.NaN : growth.filter(({ isGrowing }) => isGrowing).length;

const mib = (bytes: number, decimals = 0): string => figure(bytes / BYTES_PER_MIB, decimals);
