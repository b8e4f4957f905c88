import * as z from 'zod';
import type { ItemKey } from '../entities/entity.ts';
import { type Day, Instant, type UserId } from '../ids.ts';

/** SHA-256 of an address in lower case, in hexadecimal: the table holds no address. */
export const AddressHash = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'AddressHash'>();
export type AddressHash = z.infer<typeof AddressHash>;

/** The address that a user has verified, for as long as mails go there. Mails go to no other; `unsubscribedAt`: nor to this one. */
export const VerifiedAddress = z.object({
  addressHash: AddressHash,
  verifiedAt: Instant,
  unsubscribedAt: Instant.optional(),
  /** Epoch seconds; each mail to the address renews it. */
  ttl: z.int().optional(),
});
export type VerifiedAddress = z.infer<typeof VerifiedAddress>;

export const verifiedAddressKey = (userId: UserId): ItemKey => ({ pk: `USER#${userId}`, sk: 'ADDRESS' });

/** When a user's mails to an address were ended last, kept for as long as a code from before is valid: also where the user is deleted, or verifies another one. */
export const endedMailsKey = (userId: UserId, hash: AddressHash): ItemKey => ({
  pk: `USER#${userId}`,
  sk: `UNSUBSCRIBED#${hash}`,
});

/** An address that takes no mails: they bounced for good, or its owner complained of one. */
export const AddressSuppression = z.object({
  reason: z.enum(['bounced', 'complained']),
  suppressedAt: Instant,
});
export type AddressSuppression = z.infer<typeof AddressSuppression>;

export const addressSuppressionKey = (hash: AddressHash): ItemKey => ({
  pk: `ADDRESS#${hash}`,
  sk: 'SUPPRESSION',
});

/** How many mails a user or an address was sent on a day, in UTC. DynamoDB removes the item by its `ttl`. */
export const userDayKey = (userId: UserId, day: Day): ItemKey => ({ pk: `USER#${userId}`, sk: `DAY#${day}` });
export const addressDayKey = (hash: AddressHash, day: Day): ItemKey => ({
  pk: `ADDRESS#${hash}`,
  sk: `DAY#${day}`,
});
