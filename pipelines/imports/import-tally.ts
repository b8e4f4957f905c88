import type { ImportPosition } from '../../contracts/imports/import-position.ts';
import type { ImportProgress } from '../../contracts/imports/import-progress.ts';
import {
  REPORT_PARTS_MAX,
  REPORTED_ROWS_MAX,
  type RejectedRow,
} from '../../contracts/imports/import-report.ts';

/** Rejected rows of one part. Fewer wait in the progress object, so that a part is written once and whole. */
export const PART_ROWS = 5_000;

/** What has become of a unit. */
export interface SettledUnit {
  readonly next: ImportPosition;
  readonly rows: number;
  readonly outcome: 'written' | 'already-there' | { readonly rejected: readonly RejectedRow[] };
}

/** The progress with one more unit settled. */
export function afterUnit(progress: ImportProgress, { next, rows, outcome }: SettledUnit): ImportProgress {
  const rejected = typeof outcome === 'string' ? [] : outcome.rejected;
  const room = REPORTED_ROWS_MAX - progress.rejectedRows.length;
  const inParts = progress.partsWritten * PART_ROWS + progress.pendingRows.length;
  const end = room + Math.max(0, REPORT_PARTS_MAX * PART_ROWS - inParts);
  const { written, alreadyThere } = progress.orders;
  return {
    ...progress,
    position: next,
    rows: progress.rows + rows,
    orders: {
      written: written + (outcome === 'written' ? 1 : 0),
      alreadyThere: alreadyThere + (outcome === 'already-there' ? 1 : 0),
    },
    rejected: progress.rejected + rejected.length,
    rejectedRows: appended(progress.rejectedRows, rejected.slice(0, room)),
    rejectedLeftOut: progress.rejectedLeftOut + rejected.slice(end).length,
    pendingRows: appended(progress.pendingRows, rejected.slice(room, end)),
  };
}

// Most units add none, and copying all for each would be quadratic.
const appended = (rows: RejectedRow[], more: readonly RejectedRow[]): RejectedRow[] =>
  more.length === 0 ? rows : [...rows, ...more];

/** The progress once its oldest pending rows are in a part. */
export function afterPart(progress: ImportProgress): ImportProgress {
  return {
    ...progress,
    pendingRows: progress.pendingRows.slice(PART_ROWS),
    partsWritten: progress.partsWritten + 1,
  };
}
