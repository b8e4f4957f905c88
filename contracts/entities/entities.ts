import * as z from 'zod';
import type { ConsumerName } from '../stream.ts';
import type { ItemKey } from './entity.ts';
import { ENTITIES } from './registry.ts';

export { ENTITIES };

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
