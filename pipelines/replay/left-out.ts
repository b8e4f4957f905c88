import * as z from 'zod';
import { CONSUMER_WRITTEN_TYPES } from '../../contracts/items/table-item.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { recordKey } from './record-key.ts';

/** The sort key of each type that the consumers write. */
const SORT_KEYS = {
  Reservation: 'RESERVATION',
  Tally: 'TALLY',
  DailyStats: 'ORDERS',
  Product: 'STOCK',
} as const;

/** What each consumer's mapping leaves out. */
const LEFT_OUT: Readonly<Record<ConsumerName, readonly (keyof typeof SORT_KEYS)[]>> = {
  'order-events': CONSUMER_WRITTEN_TYPES,
  // Products are searched, whoever writes them.
  'search-index': CONSUMER_WRITTEN_TYPES.filter((type) => type !== 'Product'),
};

const Image = z
  .looseObject({ entityType: z.object({ S: z.string() }).optional().catch(undefined) })
  .optional();
const Images = z.object({ dynamodb: z.object({ NewImage: Image, OldImage: Image }) });

/**
 * Whether a consumer's mapping leaves a record out, which the shard holds all the same: both its type and its sort key are
 * such as the consumers write. A test holds it against the filters in infra/template.yaml.
 */
export function isLeftOut(consumer: ConsumerName, record: unknown): boolean {
  const types = LEFT_OUT[consumer];
  const images = Images.safeParse(record).data?.dynamodb;
  const type = (images?.NewImage ?? images?.OldImage)?.entityType?.S;
  const sortKey = recordKey(record)?.sk;
  return types.some((written) => written === type) && types.some((written) => SORT_KEYS[written] === sortKey);
}
