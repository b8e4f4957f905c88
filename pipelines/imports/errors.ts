import type * as z from 'zod';
import { OrderStreamError, PermanentError, TransientError } from '../errors.ts';

/** An object cannot be read, or only in part, and a retry does not help: its report says so. */
export class UnreadableObjectError extends PermanentError {
  readonly code = 'unreadable-object';
  readonly remedy = 'Fix the object as its report says, and upload it again: imported orders are recognised.';
}

/** The object no longer exists, or another one has its key: its import has ended. */
export class ObjectDeletedError extends OrderStreamError {
  readonly code = 'object-deleted';
  readonly remedy = 'None: a new object under the key has a notification of its own.';
}

/** Another invocation imports the same object, and has made more progress. */
export class ImportTakenOverError extends TransientError {
  override readonly code = 'import-taken-over';
  override readonly remedy =
    'None: SQS delivers the message again, and the import continues at the progress of the other one.';
}

/** An invocation had no time for an object from the start. */
export class ImportStuckError extends TransientError {
  override readonly code = 'import-stuck';
  override readonly remedy =
    "None where an earlier object took the time: SQS delivers the message again. Otherwise raise the function's Timeout above its reserve.";
}

const ISSUES_MAX = 5;

/** Why a row is rejected, for its report: paths and what they must be. A row's values are excluded, its own names too. */
export function reasonOf({ issues }: z.ZodError): string {
  const reported = issues.slice(0, ISSUES_MAX).map((issue) => {
    const message =
      issue.code === 'unrecognized_keys' ? 'has names that an order does not have' : issue.message;
    return issue.path.length === 0 ? message : `${issue.path.map(String).join('.')}: ${message}`;
  });
  const more = issues.length - reported.length;
  return [...reported, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
