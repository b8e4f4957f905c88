import { isWorthRetrying } from './aws-errors.ts';
import { TransientError } from './errors.ts';

/** Another writer changed an item between its being read and being written: read it again and decide anew. */
export class LostRaceError extends TransientError {
  override readonly code = 'lost-race';
  override readonly remedy =
    'Nothing, while it is rare. Look for a writer that changes the same items all the time when it lasts.';
}

/** Whether a read-decide-write operation may succeed when it is done again from its read. */
export const isWorthDecidingAnew = (error: unknown): boolean =>
  error instanceof LostRaceError || isWorthRetrying(error);
