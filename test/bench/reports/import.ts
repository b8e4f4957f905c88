import { type ImportMemory, measureImportMemory } from '../import-memory.ts';
import type { Benchmark } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';

/** What the template gives the function. */
const MIB_MAX = 256;

const METHOD = paragraphs(`
  1 GiB of generated NDJSON, orders of three lines, without a table, with the heap flags of Lambda's Node.js at 256 MB. The table limits a real import.
`);

export const importMemory: Benchmark<ImportMemory> = {
  title: 'Import',
  minutesMax: 10,
  measure: () => measureImportMemory(),
  present: ({ rows, rowsPerSecond, peakRssMiB }) => ({
    text: `${METHOD}\n\n${table(
      ['orders', 'orders/s', 'resident at most, MiB'],
      [[figure(rows), figure(rowsPerSecond), figure(peakRssMiB)]],
    )}`,
    targets: [
      { name: 'import of 1 GiB, memory', measured: peakRssMiB, wanted: MIB_MAX, is: 'most', unit: 'MiB' },
    ],
  }),
};
