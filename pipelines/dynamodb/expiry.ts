import type { Instant } from '../../contracts/ids.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';

/** A `ttl` of this instant, in epoch seconds: rounded up, so that nothing expires early. */
export const ttlOf = (expiresAt: Instant): number => Math.ceil(Date.parse(expiresAt) / MS_PER_SECOND);

/** The instant of a `ttl`. */
export const expiryOf = (ttl: number): Instant => instantOf(new Date(ttl * MS_PER_SECOND));

/**
 * Whether a user or a verified address is expired. DynamoDB deletes an item only within days, so that every reader of these must check.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html.
 */
export const isExpired = (
  { ttl = Number.POSITIVE_INFINITY }: { readonly ttl?: number | undefined },
  now: Date,
): boolean => ttl * MS_PER_SECOND <= now.getTime();
