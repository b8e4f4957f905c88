import * as z from 'zod';
import { LEFT_OUT_TYPES } from '../../contracts/items/table-item.ts';
import { read } from '../../contracts/reading.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { recordKey } from './record-key.ts';

/** The sort key of each type that a mapping leaves out. */
const SORT_KEYS = {
  Reservation: 'RESERVATION',
  Tally: 'TALLY',
  DailyStats: 'ORDERS',
  Product: 'STOCK',
  Heartbeat: 'BEAT',
} as const;

const Image = z
  .looseObject({ entityType: z.object({ S: z.string() }).optional().catch(undefined) })
  .optional();
const Images = z.object({ dynamodb: z.object({ NewImage: Image, OldImage: Image }) });

/**
 * Whether a consumer's mapping leaves a record out, which the shard holds all the same: both its type and its sort key are
 * such as it leaves out. A test holds it against the filters in infra/template.yaml.
 */
export function isLeftOut(consumer: ConsumerName, record: unknown): boolean {
  const types: readonly (keyof typeof SORT_KEYS)[] = LEFT_OUT_TYPES[consumer];
  const images = read(Images, record).data?.dynamodb;
  const type = (images?.NewImage ?? images?.OldImage)?.entityType?.S;
  const sortKey = recordKey(record)?.sk;
  return types.some((written) => written === type) && types.some((written) => SORT_KEYS[written] === sortKey);
}
