import * as z from 'zod';
import { ImportedOrderColumn } from '../api/imported-order-row.ts';

/** Where in an imported object to read on: always the begin of a record. */
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
