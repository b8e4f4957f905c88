import type { FieldIssue } from '../../../contracts/reading.ts';
import { awsErrorKind } from '../../aws/aws-errors.ts';
import { OrderStreamError, PermanentError, TransientError } from '../../errors.ts';

/** Why a record failed again, as a dead letter holds it: never an attribute's value. */
export interface FailureReason {
  readonly code: string;
  readonly message: string;
  readonly issues: readonly FieldIssue[];
}

/** Returns the reason; for an error of another library only its class, since its message can quote a value. */
export function failureReason(error: unknown): FailureReason {
  if (error instanceof PermanentError)
    return { code: error.code, message: error.message, issues: error.issues };
  if (error instanceof OrderStreamError) return { code: error.code, message: error.message, issues: [] };
  const code = error instanceof Error && error.name !== '' ? error.name : 'unknown';
  return { code, message: 'An error of another library', issues: [] };
}

const OUTAGES = new Set(['throttled', 'conflict', 'retryable', 'not-found', 'denied']);

/**
 * Whether an error is caused by a sink or a service and not by the record: the next record
 * fails in the same way.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof TransientError || OUTAGES.has(awsErrorKind(error));

/** The codes of failures that last until a person fixes the item or the sink. */
const PERMANENT_CODES = new Set(['contract-violation', 'sink-refused', 'payload-lost']);

/** Whether a dead letter with this reason may succeed without a fix. */
export const isTransientReason = (code: string): boolean => !PERMANENT_CODES.has(code);
