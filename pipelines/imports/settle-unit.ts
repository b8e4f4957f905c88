import type { ImportedOrder } from '../../contracts/api/imported-order.ts';
import { awsErrorKind } from '../core/aws-errors.ts';
import { PermanentError } from '../core/errors.ts';
import { isWorthDecidingAnew } from '../core/lost-race.ts';
import { type RetryPolicy, withRetry } from '../core/retry.ts';
import type { ImportResult } from '../orders/import-order.ts';
import type { SettledUnit } from './import-tally.ts';
import type { ImportUnit } from './import-unit.ts';

/** Writes one order: {@link import('../orders/import-order.ts').importOrder}, unless a test stands in for it. */
export type WriteOrder = (order: ImportedOrder) => Promise<ImportResult>;

/** With the transport's own time-outs a write ends, one way or the other, in 27 s. */
const WRITE_RETRY: RetryPolicy = { attemptsMax: 10, delayMsBase: 50, delayMsMax: 2_000, budgetMs: 15_000 };
const REFUSED = {
  differs: 'an order of this user, source id and date is there with other content',
  refused: 'the table refuses the order',
} as const;

/**
 * Settles a unit: its order is in the table, or its rows are rejected.
 *
 * @throws the SDK's error when the table did not take the order for reasons that are not the order's.
 */
export async function settleUnit(unit: ImportUnit, write: WriteOrder): Promise<SettledUnit> {
  const { next, rows } = unit;
  if (unit.kind === 'rejected') return { next, rows: rows.length, outcome: { rejected: unit.rows } };
  const result = await written(unit.order, write);
  if (result === 'written' || result === 'already-there') return { next, rows: rows.length, outcome: result };
  const rejected = rows.map((place) => ({ ...place, reason: REFUSED[result] }));
  return { next, rows: rows.length, outcome: { rejected } };
}

async function written(order: ImportedOrder, write: WriteOrder): Promise<ImportResult | 'refused'> {
  try {
    return await withRetry(() => write(order), { policy: WRITE_RETRY, isRetryable: isWorthDecidingAnew });
  } catch (error) {
    if (error instanceof PermanentError || awsErrorKind(error) === 'validation') return 'refused';
    throw error;
  }
}
