import type { Instant } from '../../contracts/ids.ts';
import { InvalidRequestError } from '../request-errors.ts';

/** A time to expire that is asked for, and the field of the body that it stands in. */
export interface AskedExpiry {
  readonly field: string;
  readonly expiresAt?: Instant | null | undefined;
}

/** A clock that is behind, and a request that was under way. */
const PAST_MS_MAX = 86_400_000;

/**
 * Checks that DynamoDB will remove whoever expires then: it never does what expired more than five years ago, and the API, which
 * knows them no more, could not either.
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
