import * as z from 'zod';
import { Instant, Version } from '../ids.ts';
import { read } from '../reading.ts';
import type { ConsumerName } from '../stream.ts';

/** The primary key of an item of the table. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** How the path of an issue names another item than that of its record: by its key, before the field, such as `ORDER#… RESERVATION.state`. */
export const itemPlace = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;

/** The key of the other item that the path of an issue begins with; `undefined` where it names none, or only its partition. */
export function keyInPath(path: string): ItemKey | undefined {
  const [, pk, sk] = /^(\w+#\S+) (\w+)/.exec(path) ?? [];
  return pk === undefined || sk === undefined ? undefined : { pk, sk };
}

type Ids = Readonly<Record<string, z.ZodType<string>>>;
type IdValues<Of extends Ids> = { readonly [Id in keyof Of]: z.output<Of[Id]> };

/** How the primary key of an entity is spelled and read. Both follow from its two patterns. */
export interface EntityKey<Type extends string, Of extends Ids> {
  readonly entityType: Type;
  readonly pk: KeyPart;
  readonly sk: KeyPart;
  /** The key of the item with these ids. */
  of(ids: IdValues<Of>): ItemKey;
  /** The ids that a key has, or `undefined` for a key of another shape or with an id that breaks its contract. */
  read(key: ItemKey): ({ readonly entityType: Type } & z.output<z.ZodObject<Of>>) | undefined;
}

/** One attribute of a key: a fixed text, and an id after it unless the text is all. */
export interface KeyPart {
  readonly prefix: string;
  readonly id: string | undefined;
}

/** `USER#{userId}`: text, then at most one id, which ends the attribute. */
const PART = /^([^{}]*)(?:\{(\w+)\})?$/;

/**
 * The key of an entity by the patterns of its two attributes, such as `USER#{userId}` and `ORDER#{orderId}`. An id in both must be the same.
 *
 * @throws TypeError for a pattern with text after its id or with an id that has no schema.
 */
export function entityKey<const Type extends string, const Of extends Ids>(
  entityType: Type,
  pkPattern: string,
  skPattern: string,
  ids: Of,
): EntityKey<Type, Of> {
  const pk = partOf(pkPattern, ids);
  const sk = partOf(skPattern, ids);
  const schema = z.object(ids);
  return {
    entityType,
    pk,
    sk,
    of: (values) => ({ pk: spell(pk, values), sk: spell(sk, values) }),
    read: (key) => {
      const inPk = idIn(pk, key.pk);
      const inSk = idIn(sk, key.sk);
      if (inPk === undefined || inSk === undefined) return undefined;
      if (pk.id !== undefined && pk.id === sk.id && inPk !== inSk) return undefined;
      const named: Record<string, string> = {};
      if (pk.id !== undefined) named[pk.id] = inPk;
      if (sk.id !== undefined) named[sk.id] = inSk;
      const parsed = read(schema, named);
      return parsed.success ? { entityType, ...parsed.data } : undefined;
    },
  };
}

function partOf(pattern: string, ids: Ids): KeyPart {
  const [, prefix, id] = PART.exec(pattern) ?? [];
  if (prefix === undefined || (id !== undefined && !Object.hasOwn(ids, id)))
    throw new TypeError(`${pattern} is no pattern of a key`);
  return { prefix, id };
}

const spell = ({ prefix, id }: KeyPart, values: Readonly<Record<string, string>>): string =>
  id === undefined ? prefix : `${prefix}${values[id]}`;

/** The id in an attribute, an empty text where the pattern has none, `undefined` where the attribute has another shape. */
function idIn({ prefix, id }: KeyPart, attribute: string): string | undefined {
  if (id === undefined) return attribute === prefix ? '' : undefined;
  if (!attribute.startsWith(prefix) || attribute.length === prefix.length) return undefined;
  return attribute.slice(prefix.length);
}

/** Who writes an item: the API with the import, one of the consumers, or the scheduled heartbeat. */
export type Writer = 'api' | 'order-events' | 'heartbeat';

/** What the registry knows of an entity. */
export interface Entity {
  readonly key: Pick<EntityKey<string, Ids>, 'entityType' | 'pk' | 'sk'>;
  readonly item: z.ZodType;
  /** The attributes beside the key that follow from the item's others, as far as it has those: for an item that is being fixed. */
  readonly derived?: (item: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  readonly writtenBy: readonly Writer[];
  /** The consumers that use the item's changes. The event source mappings of the others filter them out. */
  readonly readBy: readonly ConsumerName[];
}

/** The attributes that every item has. */
export const itemAttributes = {
  pk: z.string(),
  sk: z.string(),
  createdAt: Instant,
  updatedAt: Instant,
  version: Version,
  /** When the item expires, in epoch seconds. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html. */
  ttl: z.int().positive().optional(),
};

/** Adds an issue for `pk` and `sk` where they are not the key that the item's own attributes spell. */
export function checkKey(item: ItemKey, expected: ItemKey, ctx: z.RefinementCtx): void {
  checkDerived('pk', item.pk, expected.pk, ctx);
  checkDerived('sk', item.sk, expected.sk, ctx);
}

/** Adds an issue where a derived attribute, such as an index key, is not what the item's attributes spell. */
export function checkDerived(
  name: string,
  actual: string | number | undefined,
  expected: string | number,
  ctx: z.RefinementCtx,
): void {
  if (actual !== expected)
    ctx.addIssue({ code: 'custom', path: [name], message: 'does not match the attributes of the item' });
}
