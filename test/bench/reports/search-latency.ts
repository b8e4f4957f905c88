import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';
import { measureSearchLatency, type SearchLatency } from '../relevance/measure-latency.ts';

/** Of the superstore's 5,009 orders. */
const COPIES = [1, 10];

const METHOD = paragraphs(`
  200 queries one after the other: the words of the judged ones, with filters and sorts in turn. They are measured in the process that searches, beside a
  plain \`match\` of the same words.
`);

export const searchLatency: Benchmark<readonly SearchLatency[]> = {
  title: 'Latency of searches',
  minutesMax: 10,
  measure: () => measureSearchLatency(COPIES),
  present: (measured) => ({
    text: `${METHOD}\n\n${table(
      ['orders', 'p50, ms', 'p95, ms', 'plain match: p50, ms', 'p95, ms'],
      measured.map(({ orders, search, plainMatch }) => [
        figure(orders),
        ...[search.p50, search.p95, plainMatch.p50, plainMatch.p95].map((ms) => figure(ms, 1)),
      ]),
    )}`,
    targets: [],
  }),
};
