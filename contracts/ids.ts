import * as z from 'zod';
import { parse } from './reading.ts';

/**
 * An id that its owner chooses. It never needs escaping in a key or a path. It begins with a letter or digit, so that it is
 * none of the dot segments that every URL parser removes.
 */
const chosenId = () =>
  z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'must be 1 to 64 characters of A-Z a-z 0-9 . _ -, the first a letter or digit',
    );
/** See https://github.com/ulid/spec. */
const ulid = () => z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'must be a ULID');

/** A user's id, chosen by the caller. */
export const UserId = chosenId().brand<'UserId'>();
export type UserId = z.infer<typeof UserId>;

/** An order's id: a ULID, so that ids sort by the time of the order. */
export const OrderId = ulid().brand<'OrderId'>();
export type OrderId = z.infer<typeof OrderId>;

/** A stock keeping unit. */
export const Sku = chosenId().brand<'Sku'>();
export type Sku = z.infer<typeof Sku>;

/** An account's id. */
export const AccountId = chosenId().brand<'AccountId'>();
export type AccountId = z.infer<typeof AccountId>;

/** A transfer's id, shared by its two ledger entries. */
export const TransactionId = ulid().brand<'TransactionId'>();
export type TransactionId = z.infer<typeof TransactionId>;

/** How many heartbeats there are. With this number, one table in a hundred has a shard of four without a heartbeat. */
const HEARTBEATS = 16;
/** The ids of all heartbeats. */
export const HEARTBEAT_IDS: readonly string[] = Array.from({ length: HEARTBEATS }, (_, index) => `${index}`);
/** A heartbeat's id. */
export const HeartbeatId = z.enum(HEARTBEAT_IDS).brand<'HeartbeatId'>();
export type HeartbeatId = z.infer<typeof HeartbeatId>;

/** A calendar day in UTC, `yyyy-mm-dd`. */
export const Day = z.iso.date().brand<'Day'>();
export type Day = z.infer<typeof Day>;

/**
 * An instant, ISO 8601 in UTC to the millisecond with a trailing `Z`. All have one length, so that instants sort as strings, and
 * at most the digits that every sink reads.
 */
export const Instant = z.iso.datetime({ precision: 3 }).brand<'Instant'>();
export type Instant = z.infer<typeof Instant>;
/** The earlier of two instants, or the one that is there. As texts they sort by time. */
export const earlierOf = <At extends string>(one: At | undefined, other: At): At =>
  one !== undefined && one < other ? one : other;

/** The next instant: one millisecond later. */
export const instantAfter = (at: Instant): Instant =>
  parse(Instant, new Date(Date.parse(at) + 1).toISOString());

/** More writes than any item sees after the largest version: status changes, a rejection, corrections, its removal. */
const LATER_WRITES = 1_000_000;
/** How far ahead of the clock a version, or the date of an import, may be: more than clocks differ, and it passes soon. */
const AHEAD_MS_MAX = 86_400_000;
export const AHEAD_MESSAGE = 'must not be more than a day ahead of the clock';
/** Whether a time is at most a day ahead of the machine's clock. No other rule of the contracts reads the clock. */
export const isNotFarAhead = (epochMs: number): boolean => epochMs <= Date.now() + AHEAD_MS_MAX;
const MICROS_PER_MS = 1_000;

/**
 * An item's version: the clock's microseconds when the item was first written, plus 1 for each write since. It rises
 * across a delete and a re-create of the same key, and fits both a JavaScript safe integer and OpenSearch's 64 bits.
 *
 * It is at most a day ahead of the machine's clock. A sink would keep a version from further ahead longer than the item exists,
 * and would refuse the versions that the clock gives. The contract itself reads the clock, so that every reader of an item applies the same rule.
 */
export const Version = z
  .int()
  .positive()
  .max(Number.MAX_SAFE_INTEGER - LATER_WRITES, 'must leave room for the versions of later writes')
  .refine((version) => isNotFarAhead(version / MICROS_PER_MS), AHEAD_MESSAGE)
  .brand<'Version'>();
export type Version = z.infer<typeof Version>;

/** The version that removes an item whose last image has `version`: a delete is a write too. */
export function versionAfter(version: Version): Version {
  return parse(z.int().brand<'Version'>(), version + 1);
}
