import type { FieldIssue } from '../../../contracts/reading.ts';
import { awsErrorKind } from '../../aws/aws-errors.ts';
import { OrderStreamError, PermanentError, TransientError } from '../../errors.ts';

/** Why a record failed again, as a letter tells it: never an attribute's value. */
export interface FailureReason {
  readonly code: string;
  readonly message: string;
  readonly issues: readonly FieldIssue[];
}

/** Tells why; of an error of another library only its class, since its message can quote a value. */
export function failureReason(error: unknown): FailureReason {
  if (error instanceof PermanentError)
    return { code: error.code, message: error.message, issues: error.issues };
  if (error instanceof OrderStreamError) return { code: error.code, message: error.message, issues: [] };
  const code = error instanceof Error && error.name !== '' ? error.name : 'unknown';
  return { code, message: 'Something other than the project failed', issues: [] };
}

const OUTAGES = new Set(['throttled', 'conflict', 'retryable', 'not-found', 'denied']);

/**
 * Whether an error says something about a sink or a service and nothing about the record: the same is to be expected of
 * the next record.
 */
export const isOutage = (error: unknown): boolean =>
  error instanceof TransientError || OUTAGES.has(awsErrorKind(error));

/** The codes of failures that only mending the item or the sink mends. */
const PERMANENT_CODES = new Set(['contract-violation', 'sink-refused', 'payload-lost']);

/** Whether a letter with this reason may succeed without anybody doing anything. */
export const isTransientReason = (code: string): boolean => !PERMANENT_CODES.has(code);
