import * as z from 'zod';
import { Instant } from '../ids.ts';

/** The most rejected rows that a report holds itself; the others are in its parts. */
export const REPORTED_ROWS_MAX = 1_000;
/** The most parts of a report: what does not fit them is only counted. */
export const REPORT_PARTS_MAX = 10;

/** A row that did not become an order, or a line of one, and why. It holds nothing of the row itself. */
export const RejectedRow = z.object({
  /** The first is 1; a CSV's header has it. */
  line: z.int().positive(),
  /** Where the row ends, if that is another line. */
  lineEnd: z.int().positive().optional(),
  reason: z.string().min(1),
});
export type RejectedRow = z.infer<typeof RejectedRow>;

/** What has become of an object's rows. */
export const ImportCounts = z.object({
  /** Lines of NDJSON, or rows of CSV without the header; blank ones are none. */
  rows: z.int().nonnegative(),
  orders: z.object({
    written: z.int().nonnegative(),
    /** With the same content, from an earlier import, or from an earlier try of this one. */
    alreadyThere: z.int().nonnegative(),
  }),
  /** Rows, not orders. */
  rejected: z.int().nonnegative(),
  /** How many of the rejected rows are named nowhere, because the report and its parts are full. */
  rejectedLeftOut: z.int().nonnegative().default(0),
});
export type ImportCounts = z.infer<typeof ImportCounts>;

const reportFields = {
  schema: z.literal('order-stream/import-report/1'),
  object: z.object({ bucket: z.string(), key: z.string() }),
  etag: z.string(),
  ...ImportCounts.shape,
  /** The first {@link REPORTED_ROWS_MAX} of them, in the order of their lines. */
  rejectedRows: z.array(RejectedRow).max(REPORTED_ROWS_MAX),
  /** The keys of objects with the others: NDJSON, a {@link RejectedRow} a line. */
  rejectedParts: z.array(z.string()),
  startedAt: Instant,
  finishedAt: Instant,
};

/** What lies beside an imported object when its import is over: `<key>.report.json`. */
export const ImportReport = z.discriminatedUnion('status', [
  z.object({ ...reportFields, status: z.literal('completed') }),
  /** The object could not be read, or not to its end: the counts are of what came before. */
  z.object({ ...reportFields, status: z.literal('failed'), reason: z.string().min(1) }),
]);
export type ImportReport = z.infer<typeof ImportReport>;
