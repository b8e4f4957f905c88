import { OrderStreamError, PermanentError, TransientError } from '../core/errors.ts';

/** An object cannot be read, or not further, and no retry will: its report says so. */
export class UnreadableObjectError extends PermanentError {
  readonly code = 'unreadable-object';
  readonly remedy = 'Mend the object as its report says, and put it again: what was imported is recognised.';
}

/** The object is not there any more, or another is under its key: its import is over. */
export class ObjectGoneError extends OrderStreamError {
  readonly code = 'object-gone';
  readonly remedy = 'Nothing: a new object under the key has a notification of its own.';
}

/** Another invocation imports the same object, and is further. */
export class ImportTakenOverError extends TransientError {
  override readonly code = 'import-taken-over';
  override readonly remedy =
    'Nothing: the message comes again, and goes on from where the other one is then.';
}

/** An invocation's time did not do to get any further, so another one would not either. */
export class ImportStuckError extends TransientError {
  override readonly code = 'import-stuck';
  override readonly remedy =
    "Raise the function's Timeout or MemorySize, or split the object: inflating up to the position may take all of the time.";
}
