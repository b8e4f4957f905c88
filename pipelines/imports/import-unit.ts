import {
  type ImportPosition,
  type ImportProgress,
  REPORT_PARTS_MAX,
  REPORTED_ROWS_MAX,
  type RejectedRow,
} from '../../contracts/imports/import-report.ts';
import type { ImportedOrder } from '../../contracts/imports/imported-order.ts';
import { awsErrorKind } from '../aws/aws-errors.ts';
import { type RetryPolicy, withRetry } from '../aws/retry.ts';
import { isRetryableConflict } from '../dynamodb/optimistic-lock.ts';
import { PermanentError } from '../errors.ts';
import type { ImportResult } from '../orders/import-order.ts';

/** Rejected rows of one part. Fewer wait in the progress object, so that a part is written once and complete. */
export const PART_ROWS = 5_000;

/** The result of a unit. */
export interface ProcessedUnit {
  readonly next: ImportPosition;
  readonly rows: number;
  readonly outcome: 'written' | 'already-there' | { readonly rejected: readonly RejectedRow[] };
}

/** The progress after one more unit. */
export function afterUnit(progress: ImportProgress, { next, rows, outcome }: ProcessedUnit): ImportProgress {
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

/** The progress after its oldest pending rows are written as a part. */
export function afterPart(progress: ImportProgress): ImportProgress {
  return {
    ...progress,
    pendingRows: progress.pendingRows.slice(PART_ROWS),
    partsWritten: progress.partsWritten + 1,
  };
}

/** Where a row is, in lines of its object. */
export type RowPlace = Pick<RejectedRow, 'line' | 'lineEnd'>;

/** The unit of processing: an order with all of its rows, or rejected rows. */
export type ImportUnit = {
  /** Where to continue reading once this unit and all before it are processed. */
  readonly next: ImportPosition;
} & (
  | { readonly kind: 'order'; readonly order: ImportedOrder; readonly rows: readonly RowPlace[] }
  /** Without any row it only advances the position, after blank ones. */
  | { readonly kind: 'rejected'; readonly rows: readonly RejectedRow[] }
);

/** Writes one order: {@link import('../orders/import-order.ts').importOrder}, except in tests. */
export type WriteOrder = (order: ImportedOrder) => Promise<ImportResult>;

/** With the transport's own time-outs a write succeeds or fails in 27 s. */
const WRITE_RETRY: RetryPolicy = { attemptsMax: 10, delayMsBase: 50, delayMsMax: 2_000, budgetMs: 15_000 };
const REFUSED = {
  differs: 'an order of this user, source id and date exists with other content',
  'still-reserved':
    'an order of this user, source id and date was removed and still holds stock: leave it out if it was shipped, otherwise import it again later',
  refused: 'the table refuses the order',
} as const;

/**
 * Processes a unit: its order is then in the table, or its rows are rejected.
 *
 * @throws the SDK's error when the table did not accept the order for reasons other than the order itself.
 */
export async function processUnit(unit: ImportUnit, write: WriteOrder): Promise<ProcessedUnit> {
  const { next, rows } = unit;
  if (unit.kind === 'rejected') return { next, rows: rows.length, outcome: { rejected: unit.rows } };
  const result = await written(unit.order, write);
  if (result === 'written' || result === 'already-there') return { next, rows: rows.length, outcome: result };
  const rejected = rows.map((place) => ({ ...place, reason: REFUSED[result] }));
  return { next, rows: rows.length, outcome: { rejected } };
}

async function written(order: ImportedOrder, write: WriteOrder): Promise<ImportResult | 'refused'> {
  try {
    return await withRetry(() => write(order), { policy: WRITE_RETRY, isRetryable: isRetryableConflict });
  } catch (error) {
    if (error instanceof PermanentError || awsErrorKind(error) === 'validation') return 'refused';
    throw error;
  }
}
