import { type Demo, measureDemo } from '../demo.ts';
import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';

const SECONDS_MAX = 60;

const METHOD = paragraphs(`
  \`npm run demo\`, once set up, from its start: until the console finds the first order, and until everything reconciles.
`);

export const demo: Benchmark<Demo> = {
  title: 'Demo',
  minutesMax: 10,
  measure: () => measureDemo(),
  present: ({ firstOrdersSeconds, reconciledSeconds }) => ({
    text: `${METHOD}\n\n${table(
      ['first orders, s', 'reconciled, s'],
      [[figure(firstOrdersSeconds, 1), figure(reconciledSeconds, 1)]],
    )}`,
    targets: [
      {
        name: 'npm run demo to the first orders',
        measured: firstOrdersSeconds,
        wanted: SECONDS_MAX,
        is: 'most',
        unit: 's',
      },
    ],
  }),
};
