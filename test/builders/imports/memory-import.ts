import { isDeepStrictEqual } from 'node:util';
import type { ImportProgress, RejectedRow } from '../../../contracts/imports/import-report.ts';
import type { ImportedOrder } from '../../../contracts/imports/imported-order.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { ImportRun } from '../../../pipelines/imports/import-run.ts';
import type { ObjectFormat } from '../../../pipelines/imports/object-content.ts';
import { importedOrderId } from '../../../pipelines/orders/import-order.ts';
import { begunImport } from './import-progress.ts';
import { inChunks } from './imports.ts';

const CHUNK = 65_536;
/** More than any test of these needs. */
const RUNS_MAX = 1_000;

interface MemoryImportOptions {
  /** In how many bytes the object is read. */
  readonly chunk?: number;
  /** After how many looks at it the time of each run is up. */
  readonly looksMax?: number;
  /** Orders that are there, and to which those of the object come. */
  readonly placed?: Map<string, ImportedOrder>;
}

/** Imports an object that is in memory into memory, in as many runs as it takes. */
export async function importInMemory(
  content: string | Uint8Array,
  format: ObjectFormat,
  { chunk = CHUNK, looksMax = Number.POSITIVE_INFINITY, placed = new Map() }: MemoryImportOptions = {},
) {
  const buffer = Buffer.from(content);
  const parts: RejectedRow[] = [];
  const writeOrder = async (order: ImportedOrder) => {
    const id = `${order.userId} ${importedOrderId(order.userId, order.sourceId, order.placedAt)}`;
    const there = placed.get(id);
    if (there !== undefined) return isDeepStrictEqual(there, order) ? 'already-there' : 'differs';
    placed.set(id, order);
    return 'written';
  };
  let progress: ImportProgress = begunImport();
  let runs = 0;
  for (; runs < RUNS_MAX && progress.finishedAt === undefined; runs += 1) {
    let looks = 0;
    const run = new ImportRun(
      {
        object: { contentEncodings: [], bytes: (offset) => inChunks(buffer.subarray(offset), chunk) },
        format,
        store: {
          writePart: async (_, __, rows) => {
            parts.push(...rows);
          },
          writeProgress: async () => undefined,
        },
        writeOrder,
        clock,
        isTimeUp: () => {
          looks += 1;
          return looks > looksMax;
        },
      },
      progress,
    );
    progress = await run.run();
  }
  return { progress, runs, placed: [...placed.values()], rejected: [...progress.rejectedRows, ...parts] };
}
