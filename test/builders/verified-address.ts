import { Instant, UserId } from '../../contracts/ids.ts';
import { type VerifiedAddress, verifiedAddressKey } from '../../contracts/order-mails/mailbox-items.ts';
import { addressHash } from '../../pipelines/order-mails/address-hash.ts';

/** The item by which order mails go to a user at an address. */
export const verifiedAddress = (
  userId: string,
  email: string,
): VerifiedAddress & { pk: string; sk: string } => ({
  ...verifiedAddressKey(UserId.parse(userId)),
  addressHash: addressHash(email),
  verifiedAt: Instant.parse('2026-03-01T12:00:00.000Z'),
});
