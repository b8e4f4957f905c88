import type { ImportedOrder } from '../../contracts/api/imported-order.ts';
import type { ImportPosition } from '../../contracts/imports/import-position.ts';
import type { RejectedRow } from '../../contracts/imports/import-report.ts';

/** Where a row is, in lines of its object. */
export type RowPlace = Pick<RejectedRow, 'line' | 'lineEnd'>;

/** What is settled as a whole: an order with all of its rows, or rows that are none. */
export type ImportUnit = {
  /** Where to read on once this unit and all before it are settled. */
  readonly next: ImportPosition;
} & (
  | { readonly kind: 'order'; readonly order: ImportedOrder; readonly rows: readonly RowPlace[] }
  /** Without any row it only moves the position, behind blank ones. */
  | { readonly kind: 'rejected'; readonly rows: readonly RejectedRow[] }
);
