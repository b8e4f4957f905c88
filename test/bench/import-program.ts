import { systemClock as clock } from '../../pipelines/clock.ts';
import { ImportRun } from '../../pipelines/imports/import-run.ts';
import { generatedObject } from '../builders/imports/generated-object.ts';
import { begunImport } from '../builders/imports/import-progress.ts';
import { perSecond } from './statistics.ts';

/** Imports a generated object of so many bytes into nothing, and prints what it took: run by import-memory.ts, in a process of its own. */
const sizeBytes = Number(process.argv[2]);
const KIB_PER_MIB = 1_024;

const run = new ImportRun(
  {
    object: generatedObject(sizeBytes),
    format: { rows: 'ndjson', isGzipped: false },
    store: { writePart: async () => undefined, writeProgress: async () => undefined },
    writeOrder: async () => {
      await new Promise(setImmediate);
      return 'written';
    },
    clock,
    isTimeUp: () => false,
  },
  begunImport(),
);
const startedAt = performance.now();
const { rows } = await run.run();
const rowsPerSecond = perSecond(rows, performance.now() - startedAt);
const peakRssMiB = process.resourceUsage().maxRSS / KIB_PER_MIB;
console.log(JSON.stringify({ rows, rowsPerSecond, peakRssMiB }));
