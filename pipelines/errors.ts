import type { FieldIssue } from '../contracts/reading.ts';

/**
 * The root of every error that the project throws itself: `code` is stable and meant for machines, `remedy` says what a
 * person can do. No message holds an attribute's value, so errors can be logged.
 */
export abstract class OrderStreamError extends Error {
  abstract readonly code: string;
  abstract readonly remedy: string;
  /** Whether the same work may succeed later without any change. The one place that decides it for errors of ours. */
  readonly retryable: boolean = false;

  /** The code: a class's own name does not survive a minified bundle. */
  override get name(): string {
    return this.code;
  }
}

/** A failure that may pass by itself: the record is reported as failed and the event-source mapping delivers it again. */
export class TransientError extends OrderStreamError {
  readonly code: string = 'transient';
  override readonly retryable = true;
  readonly remedy: string =
    'Nothing, while it is rare: the record is retried. Look at the sink it names when it lasts.';
}

/** The function's time is nearly up: what was not started is left for the next invocation. */
export class OutOfTimeError extends TransientError {
  override readonly code = 'out-of-time';
  override readonly remedy =
    'Lower the BatchSize of the mapping or raise the Timeout of the function when it lasts.';
}

/** An earlier record of the same item failed, so this one must wait for it. */
export class EarlierRecordFailedError extends TransientError {
  override readonly code = 'earlier-record-failed';
  override readonly remedy = 'See the failure of the earlier record of the same item.';
}

/** The dead-letter queue did not accept a letter, so its record is not handled yet. */
export class DeadLetterRefusedError extends TransientError {
  override readonly code = 'dead-letter-refused';
  override readonly remedy =
    "Check the dead-letter queue's policy and KMS key: the record stays in the stream until it is accepted.";
}

/** A failure that no retry can mend: the record goes to the dead-letter queue at once and the batch goes on. */
export abstract class PermanentError extends OrderStreamError {
  /** What is wrong with which field, where that is known. */
  readonly issues: readonly FieldIssue[];

  constructor(message: string, issues: readonly FieldIssue[] = [], options?: ErrorOptions) {
    super(message, options);
    this.issues = issues;
  }
}

/** A record or message that does not keep its contract. */
export class ContractViolationError extends PermanentError {
  readonly code = 'contract-violation';
  readonly remedy = 'Mend the item in the table as `issues` says, then replay the dead letter.';
}

/** A sink refused this record for what it is, and will refuse it again. */
export class SinkRefusedError extends PermanentError {
  readonly code = 'sink-refused';
  readonly remedy = 'Mend the item or the sink (a mapping, a size limit), then replay the dead letter.';
}

/** Why something failed, in a line of a log. A foreign error's message can quote a value, so of those only the class is told. */
export function loggableReason(error: unknown): string {
  if (error instanceof OrderStreamError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.name : typeof error;
}
