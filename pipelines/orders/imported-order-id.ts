import { createHash } from 'node:crypto';
import { uuidToULID } from 'ulid';
import { type Instant, OrderId, type UserId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';

const TIME_HEX_DIGITS = 12;
const HASH_HEX_DIGITS = 20;

/**
 * The id of an imported order: a ULID whose 48 bits of time are the order's date and whose other 80 bits are the first of
 * the SHA-256 of its user and source id. So it sorts by the order's date, the same order gets the same id whenever it is
 * imported, and no two users' orders share one, nor the reservation and the document that go by it.
 * See https://github.com/ulid/spec.
 */
export function importedOrderId(userId: UserId, sourceId: string, placedAt: Instant): OrderId {
  const time = Date.parse(placedAt).toString(16).padStart(TIME_HEX_DIGITS, '0');
  const hash = createHash('sha256')
    .update(JSON.stringify([userId, sourceId]))
    .digest('hex')
    .slice(0, HASH_HEX_DIGITS);
  // Both a UUID and a ULID are 128 bits: this is only another spelling of them.
  const uuid = `${time}${hash}`.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return parse(OrderId, uuidToULID(uuid));
}
