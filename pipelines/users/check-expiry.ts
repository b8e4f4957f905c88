import type { Instant } from '../../contracts/ids.ts';
import { InvalidRequestError } from '../request-errors.ts';

/** A requested time to expire, and its field in the body. */
export interface AskedExpiry {
  readonly field: string;
  readonly expiresAt?: Instant | null | undefined;
}

/** Allows for a clock that is slow, and for a request in progress. */
const PAST_MS_MAX = 86_400_000;

/**
 * Checks that DynamoDB will delete a user with this time to expire. It never deletes an item that expired more than five years ago,
 * and the API, which no longer shows the user, could not delete it either.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html.
 *
 * @throws InvalidRequestError naming each field that is more than a day ago.
 */
export function checkExpiry(asked: readonly AskedExpiry[], now: Date): void {
  const earliestMs = now.getTime() - PAST_MS_MAX;
  const fields = asked
    .filter(({ expiresAt }) => expiresAt != null && Date.parse(expiresAt) < earliestMs)
    .map(({ field }) => ({ in: 'body' as const, field, message: 'must not be more than a day ago' }));
  if (fields.length > 0) throw new InvalidRequestError('A time to expire has long passed.', fields);
}
