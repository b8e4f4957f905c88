import { awsErrorKind } from '../../aws/aws-errors.ts';
import { TransientError } from '../../errors.ts';

const OUTAGES = new Set(['throttled', 'conflict', 'retryable', 'not-found', 'denied']);

/**
 * Whether an error is caused by a sink or a service and not by the record: the next record
 * fails in the same way.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof TransientError || OUTAGES.has(awsErrorKind(error));

/** The codes of failures that last until a person fixes the item or the sink. */
const PERMANENT_CODES = new Set([
  'contract-violation',
  'sink-refused',
  'payload-lost',
  'stock-violation',
  'record-not-of-table',
]);

/** Whether a dead letter with this reason may succeed without a fix. */
export const isTransientReason = (code: string): boolean => !PERMANENT_CODES.has(code);
