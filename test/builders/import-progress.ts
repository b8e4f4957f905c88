import { Instant } from '../../contracts/ids.ts';
import { BEGINNING } from '../../contracts/imports/import-position.ts';
import type { ImportProgress } from '../../contracts/imports/import-progress.ts';

/** An import that has just begun. */
export const begunImport = (): ImportProgress => ({
  schema: 'order-stream/import-progress/1',
  run: 'run-1',
  etag: 'etag-1',
  startedAt: Instant.parse('2026-03-01T12:00:00.000Z'),
  position: BEGINNING,
  rows: 0,
  orders: { written: 0, alreadyThere: 0 },
  rejected: 0,
  rejectedRows: [],
  pendingRows: [],
  partsWritten: 0,
});
