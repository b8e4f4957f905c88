import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';
import { measureStartUp, type StartUp } from '../start-up.ts';

const SECONDS_MAX = 5;
const MIB_MAX = 500;

const METHOD = paragraphs(`
  \`npm run dev\`, once set up, from its start until it says that it is ready: medians of the rounds. The memory is that of all its processes
  at that moment, npm included. PSS counts a page that processes share in parts, one to each; RSS counts it for each.
`);

export const startUp: Benchmark<StartUp> = {
  title: 'Start',
  minutesMax: 10,
  measure: () => measureStartUp(),
  present: ({ readySeconds, memoryMiB, residentMiB }) => ({
    text: `${METHOD}\n\n${table(
      ['to ready, s', 'PSS, MiB', 'RSS, MiB'],
      [[figure(readySeconds, 1), figure(memoryMiB), figure(residentMiB)]],
    )}`,
    targets: [
      { name: 'npm run dev to ready', measured: readySeconds, wanted: SECONDS_MAX, is: 'most', unit: 's' },
      { name: 'npm run dev, memory (PSS)', measured: memoryMiB, wanted: MIB_MAX, is: 'most', unit: 'MiB' },
    ],
  }),
};
