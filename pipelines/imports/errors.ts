import type * as z from 'zod';
import { OrderStreamError, PermanentError, TransientError } from '../errors.ts';

/** An object cannot be read, or not further, and no retry will: its report says so. */
export class UnreadableObjectError extends PermanentError {
  readonly code = 'unreadable-object';
  readonly remedy = 'Mend the object as its report says, and put it again: what was imported is recognised.';
}

/** The object is not there any more, or another is under its key: its import is over. */
export class ObjectDeletedError extends OrderStreamError {
  readonly code = 'object-deleted';
  readonly remedy = 'Nothing: a new object under the key has a notification of its own.';
}

/** Another invocation imports the same object, and is further. */
export class ImportTakenOverError extends TransientError {
  override readonly code = 'import-taken-over';
  override readonly remedy =
    'Nothing: the message comes again, and goes on from where the other one is then.';
}

/** An invocation had no time for an object from the first. */
export class ImportStuckError extends TransientError {
  override readonly code = 'import-stuck';
  override readonly remedy =
    "Nothing, where an earlier object took the time: the message comes again. Otherwise raise the function's Timeout above its reserve.";
}

const ISSUES_MAX = 5;

/** Why a row is rejected, for its report: paths and what they must be. A row's values are left out, its own names too. */
export function reasonOf({ issues }: z.ZodError): string {
  const reported = issues.slice(0, ISSUES_MAX).map((issue) => {
    const message = issue.code === 'unrecognized_keys' ? 'has names that an order has not' : issue.message;
    return issue.path.length === 0 ? message : `${issue.path.map(String).join('.')}: ${message}`;
  });
  const more = issues.length - reported.length;
  return [...reported, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}
