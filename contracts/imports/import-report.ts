import * as z from 'zod';
import { Instant } from '../ids.ts';
import { ImportedOrderColumn } from './imported-order.ts';

/** The most rejected rows in the report; the others are in its parts. */
export const REPORTED_ROWS_MAX = 1_000;
/** The most parts of a report: further rows are only counted. */
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

/** The results of an object's rows. */
export const ImportCounts = z.object({
  /** Lines of NDJSON, or rows of CSV without the header; blank ones are none. */
  rows: z.int().nonnegative(),
  orders: z.object({
    written: z.int().nonnegative(),
    /** With the same content, from an earlier import, or from an earlier attempt of this one. */
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

/** The object beside an imported object when its import has ended: `<key>.report.json`. */
export const ImportReport = z.discriminatedUnion('status', [
  z.object({ ...reportFields, status: z.literal('completed') }),
  /** The object could not be read, or not to its end: the counts are of what came before. */
  z.object({ ...reportFields, status: z.literal('failed'), reason: z.string().min(1) }),
]);
export type ImportReport = z.infer<typeof ImportReport>;

/** Where to continue reading an imported object: always the beginning of a record. */
export const ImportPosition = z.object({
  /** In bytes, of what the object holds when it is inflated. */
  offset: z.int().nonnegative(),
  /** The number of the line that begins there; the first is 1. */
  line: z.int().positive(),
  /** A CSV's header, once it has been read. */
  columns: z.array(ImportedOrderColumn).optional(),
  /**
   * The order that is being rejected: rows of it that follow are rejected too. It is a digest of what the order is
   * recognised by, or `*` after a row that could belong to any.
   */
  rejecting: z.string().min(1).optional(),
});
export type ImportPosition = z.infer<typeof ImportPosition>;

/** Where an object begins. */
export const BEGINNING: ImportPosition = { offset: 0, line: 1 };

/**
 * How far an import is: `<key>.progress.json`. All rows before the position are complete and counted, and none after it is
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
  /** Set when only the report remains to be written. */
  finishedAt: Instant.optional(),
  /** Why the object could not be read to its end. */
  failure: z.string().min(1).optional(),
});
export type ImportProgress = z.infer<typeof ImportProgress>;
