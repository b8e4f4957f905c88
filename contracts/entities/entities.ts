import * as z from 'zod';
import type { ConsumerName } from '../stream.ts';
import { accountEntity } from './account.ts';
import { countedOrderEntity } from './counted-order.ts';
import { dailyStatsEntity } from './daily-stats.ts';
import type { ItemKey } from './entity.ts';
import { heartbeatEntity } from './heartbeat.ts';
import { ledgerEntryEntity } from './ledger-entry.ts';
import { orderEntity } from './order.ts';
import { productEntity } from './product.ts';
import { reservationEntity } from './reservation.ts';
import { userEntity } from './user.ts';

/** Every entity of the table. Keys, the items' contract and the filters of the event source mappings follow from it. */
export const ENTITIES = [
  userEntity,
  orderEntity,
  productEntity,
  reservationEntity,
  countedOrderEntity,
  dailyStatsEntity,
  accountEntity,
  ledgerEntryEntity,
  heartbeatEntity,
] as const;

type Items<Entities extends readonly unknown[]> = {
  [Place in keyof Entities]: Entities[Place] extends { readonly item: infer Item } ? Item : never;
};
const itemsOf = <const Entities extends readonly { readonly item: unknown }[]>(entities: Entities) =>
  entities.map(({ item }) => item) as unknown as Items<Entities>;

/** Any item of the table, distinguished by `entityType`. */
export const TableItem = z.discriminatedUnion('entityType', itemsOf(ENTITIES));
export type TableItem = z.infer<typeof TableItem>;
export type EntityType = TableItem['entityType'];

/** What a primary key names, distinguished by `entityType`. */
export type ParsedKey = NonNullable<ReturnType<(typeof ENTITIES)[number]['key']['read']>>;

/** Reads what a primary key names, or `undefined` for a key of no shape that this table knows. */
export function parseKey(key: ItemKey): ParsedKey | undefined {
  for (const entity of ENTITIES) {
    const parsed = entity.key.read(key);
    if (parsed !== undefined) return parsed;
  }
  return undefined;
}

/** The entities whose changes a consumer does not use: its event source mapping filters them out. */
export const filteredOut = (consumer: ConsumerName): readonly (typeof ENTITIES)[number][] =>
  ENTITIES.filter(({ readBy }) => !readBy.some((reader) => reader === consumer));
