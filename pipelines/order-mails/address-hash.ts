import { createHash } from 'node:crypto';
import { AddressHash } from '../../contracts/order-mails/mailbox-items.ts';
import { parse } from '../../contracts/reading.ts';

/** The hash of an address. Its case does not count, since hardly any mailbox distinguishes it. */
export const addressHash = (email: string): AddressHash =>
  parse(AddressHash, createHash('sha256').update(email.toLowerCase()).digest('hex'));
