import * as z from 'zod';
import { Instant } from '../ids.ts';
import { ImportPosition } from './import-position.ts';
import { ImportCounts, REPORTED_ROWS_MAX, RejectedRow } from './import-report.ts';

/**
 * How far an import is: `<key>.progress.json`. All rows before the position are settled and counted, and none after it is
 * counted.
 */
export const ImportProgress = z.object({
  schema: z.literal('order-stream/import-progress/1'),
  /** Which write of the object is imported: the sequencer of its notification. */
  run: z.string().min(1),
  etag: z.string().min(1),
  startedAt: Instant,
  position: ImportPosition,
  /**
   * Digests of the orders of a CSV whose rows are not together, of which nothing is placed; missing until the object has been
   * read once to find them.
   */
  scattered: z.array(z.string().min(1)).optional(),
  ...ImportCounts.shape,
  rejectedRows: z.array(RejectedRow).max(REPORTED_ROWS_MAX),
  /** Rejected rows for the next part. */
  pendingRows: z.array(RejectedRow),
  partsWritten: z.int().nonnegative(),
  /** Set when nothing is left to be done but the report. */
  finishedAt: Instant.optional(),
  /** Why the object could not be read to its end. */
  failure: z.string().min(1).optional(),
});
export type ImportProgress = z.infer<typeof ImportProgress>;
