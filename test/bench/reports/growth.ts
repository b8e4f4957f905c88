import { type Growth, measureGrowth } from '../growth.ts';
import type { Benchmark, Target } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';

const LINEAR = 1;
const EXPONENT_MAX = 1.05;
const BEYOND_MAX = EXPONENT_MAX - LINEAR;

const METHOD = paragraphs(`
  What walks over all orders, at 1, 10 and 100 times as many: time, and the most heap beyond the start. The exponent k of n^k is by least squares; 1 is
  linear. What takes as long at any size hides growth, so the exponent of the last step, from 10 to 100 times, stands beside it. The tables are the
  simulation's model in a process of its own. DynamoDB Local gets slower with each record of its stream, so it would be measured in place of the code.
  Beyond 5,009 orders the superstore's come again.
`);

const BESIDE = paragraphs(`
  OpenSearch merges the segments that its refreshes leave. It has none to merge of a few orders, and the more the more orders there are. So beside
  search-index is bare bulk: the same documents, in as many lanes, with no check of anything.
`);

export const growth: Benchmark<readonly Growth[]> = {
  title: 'Growth',
  minutesMax: 10,
  measure: () => measureGrowth(),
  present: (grown) => ({
    text: `${METHOD}${grown.some(({ beside }) => beside) ? `\n\n${BESIDE}` : ''}\n\n${table(
      [
        'what',
        ...(grown[0]?.sizes ?? []).map(({ orders }) => `${figure(orders)} orders`),
        'exponent of time',
        'in the last step',
        'of memory',
      ],
      grown
        .flatMap((one) => [one, ...(one.beside === undefined ? [] : [one.beside])])
        .map(({ task, sizes, exponents }) => [
          task,
          ...sizes.map(({ ms, heapMiB }) => `${figure(ms)} ms, ${figure(heapMiB)} MiB`),
          figure(exponents.time, 2),
          figure(lastStep(sizes), 2),
          figure(exponents.memory, 2),
        ]),
    )}`,
    targets: grown.flatMap((one) => [
      ...timeTargets(one),
      atMost(`growth of ${one.task}: exponent of memory`, one.exponents.memory),
    ]),
  }),
};

function timeTargets({ task, sizes, exponents, beside }: Growth): readonly Target[] {
  if (beside === undefined)
    return [
      atMost(`growth of ${task}: exponent of time`, exponents.time),
      atMost(`growth of ${task}: exponent of time in the last step`, lastStep(sizes)),
    ];
  const name = `growth of ${task}: exponent of time beyond that of ${beside.task}`;
  return [
    atMost(name, exponents.time - beside.exponents.time, BEYOND_MAX),
    atMost(`${name}, in the last step`, lastStep(sizes) - lastStep(beside.sizes), BEYOND_MAX),
  ];
}

const atMost = (name: string, measured: number, wanted = EXPONENT_MAX): Target => ({
  name,
  measured,
  wanted,
  is: 'most',
});

/** The exponent between the last two sizes. */
function lastStep(sizes: Growth['sizes']): number {
  const [one, other] = sizes.slice(-2);
  if (one === undefined || other === undefined) return Number.NaN;
  return Math.log(other.ms / one.ms) / Math.log(other.orders / one.orders);
}
