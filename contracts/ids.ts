import { z } from 'zod';

/** A user's id, chosen by the caller: 1 to 64 characters of `A-Z a-z 0-9 . _ -`, so that it never needs escaping inside a key. */
export const UserId = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ -')
  .brand<'UserId'>();
export type UserId = z.infer<typeof UserId>;

/** An order's id: a ULID, so that ids sort by the time of the order. See https://github.com/ulid/spec. */
export const OrderId = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be a ULID')
  .brand<'OrderId'>();
export type OrderId = z.infer<typeof OrderId>;

/** A stock keeping unit: 1 to 64 characters of `A-Z a-z 0-9 . _ -`. */
export const Sku = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ -')
  .brand<'Sku'>();
export type Sku = z.infer<typeof Sku>;

/** An account's id: 1 to 64 characters of `A-Z a-z 0-9 . _ -`. */
export const AccountId = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 characters of A-Z a-z 0-9 . _ -')
  .brand<'AccountId'>();
export type AccountId = z.infer<typeof AccountId>;

/** A transfer's id, shared by its two ledger entries: a ULID. */
export const TransactionId = z
  .string()
  .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be a ULID')
  .brand<'TransactionId'>();
export type TransactionId = z.infer<typeof TransactionId>;

/** A calendar day in UTC, `yyyy-mm-dd`. */
export const Day = z.iso.date().brand<'Day'>();
export type Day = z.infer<typeof Day>;

/**
 * An instant, ISO 8601 in UTC to the millisecond with a trailing `Z`: of one length, so that instants sort as strings, and
 * of no more digits than every sink reads.
 */
export const Instant = z.iso.datetime({ precision: 3 }).brand<'Instant'>();
export type Instant = z.infer<typeof Instant>;

/**
 * An item's version: the clock's microseconds when the item was first written, plus 1 for each write since. It rises
 * across a delete and a re-create of the same key, and fits both a JavaScript safe integer and OpenSearch's 64 bits.
 */
export const Version = z.int().positive().brand<'Version'>();
export type Version = z.infer<typeof Version>;

/** The version that removes an item whose last image bore `version`: a delete is a write too. */
export function versionAfter(version: Version): Version {
  return Version.parse(version + 1);
}
