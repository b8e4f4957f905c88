import type { FieldIssue } from '../contracts/reading.ts';

/**
 * The root of every error that the project throws itself: `code` is stable and meant for machines, `remedy` says what a
 * person can do. No message holds an attribute's value, so errors can be logged.
 */
export abstract class OrderStreamError extends Error {
  abstract readonly code: string;
  abstract readonly remedy: string;
  /** Whether the same work may succeed later without any change. The only place that decides it for our errors. */
  readonly retryable: boolean = false;

  /** The code: a class's own name does not survive a minified bundle. */
  override get name(): string {
    return this.code;
  }
}

/** A retryable failure: the record is reported as failed and the event source mapping delivers it again. */
export class TransientError extends OrderStreamError {
  readonly code: string = 'transient';
  override readonly retryable = true;
  readonly remedy: string =
    'None while it is rare: the record is retried. If it lasts, check the sink that it names.';
}

/** The function reached its deadline: what was not started waits for the next invocation. */
export class OutOfTimeError extends TransientError {
  override readonly code = 'out-of-time';
  override readonly remedy =
    'If it lasts, lower the BatchSize of the mapping or raise the Timeout of the function.';
}

/** An earlier record of the same item failed, so this one must wait for it. */
export class EarlierRecordFailedError extends TransientError {
  override readonly code = 'earlier-record-failed';
  override readonly remedy = 'See the failure of the earlier record of the same item.';
}

/** The dead-letter queue did not accept a dead letter, so its record is not handled yet. */
export class DeadLetterRefusedError extends TransientError {
  override readonly code = 'dead-letter-refused';
  override readonly remedy =
    "Check the dead-letter queue's policy and KMS key: the record stays in the stream until the queue accepts it.";
}

/** A permanent failure: the record goes to the dead-letter queue at once and the batch continues. */
export abstract class PermanentError extends OrderStreamError {
  /** What is wrong with which field, where that is known. */
  readonly issues: readonly FieldIssue[];

  constructor(message: string, issues: readonly FieldIssue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** A record or message that violates its contract. */
export class ContractViolationError extends PermanentError {
  readonly code = 'contract-violation';
  readonly remedy =
    'Fix the fields of the item that `issues` names in the table, then replay the dead letter.';
}

/** A sink refused this record for its contents, and will refuse it again. */
export class SinkRefusedError extends PermanentError {
  readonly code = 'sink-refused';
  readonly remedy = 'Fix the item or the sink (a mapping, a size limit), then replay the dead letter.';
}

/** Why a record failed, as a dead letter or the status holds it: never an attribute's value. */
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

/** Why something failed, in a line of a log. The message of another library's error can quote a value, so that only its class is logged. */
export function loggableReason(error: unknown): string {
  if (error instanceof OrderStreamError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.name : typeof error;
}
