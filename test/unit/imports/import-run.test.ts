import { expect, it } from 'vitest';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { CHECKPOINT_UNITS, ImportRun } from '../../../pipelines/imports/import-run.ts';
import { generatedObject } from '../../builders/imports/generated-object.ts';
import { begunImport } from '../../builders/imports/import-progress.ts';

const MIB = 1_048_576;
const SIZE_BYTES = 24 * MIB;
const TIMEOUT_MS = 120_000;

it(
  'holds a few orders and one block, however large the object is',
  async () => {
    let blocksRead = 0;
    let writing = 0;
    let writingMost = 0;
    let written = 0;
    let blocksAhead = 0;
    let checkpoints = 0;
    const object = generatedObject(SIZE_BYTES, () => {
      blocksRead += 1;
    });
    const run = new ImportRun(
      {
        object,
        format: { rows: 'ndjson', isGzipped: false },
        store: {
          writePart: async () => undefined,
          writeProgress: async ({ rows }) => {
            checkpoints += 1;
            blocksAhead = Math.max(blocksAhead, blocksRead - Math.ceil(rows / object.rowsOfBlock));
          },
        },
        writeOrder: async () => {
          writing += 1;
          writingMost = Math.max(writingMost, writing);
          await new Promise(setImmediate);
          writing -= 1;
          written += 1;
          return 'written';
        },
        clock,
        isTimeUp: () => false,
      },
      begunImport(),
    );
    const progress = await run.run();
    expect(progress).toMatchObject({ rows: written, orders: { written }, rejected: 0 });
    expect(writingMost).toBe(16);
    expect(blocksAhead).toBeLessThanOrEqual(1);
    expect(checkpoints).toBe(Math.floor(written / CHECKPOINT_UNITS) + 1);
  },
  TIMEOUT_MS,
);
