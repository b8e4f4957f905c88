import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { convertToAttr } from '@aws-sdk/util-dynamodb';
import * as z from 'zod';
import {
  type FieldChange,
  type FixDeadLetter,
  isOfAnotherItem,
} from '../../../contracts/api/dead-letters.ts';
import { ENTITIES, parseKey, TableItem } from '../../../contracts/entities/entities.ts';
import { type ItemKey, itemAttributes } from '../../../contracts/entities/entity.ts';
import { Version, versionAfter } from '../../../contracts/ids.ts';
import { isFinal, OrderStatus } from '../../../contracts/order-status.ts';
import { type FieldIssue, read, valueIssues } from '../../../contracts/reading.ts';
import { type Clock, instantOf } from '../../clock.ts';
import { unmarshal } from '../../dynamodb/unmarshal.ts';
import { type OrderRetention, ttlOfStatus } from '../../orders/retention.ts';
import { fieldName } from '../list/dead-letter-selection.ts';

/** An item as DynamoDB has it: a fix keeps every value that it does not set, also one without a plain form. */
export type Image = Readonly<Record<string, AttributeValue>>;

/** What a fix makes of an item. */
export interface FixedItem {
  readonly image: Image;
  /** What still violates the contract, or could not be set: the item must not be written. */
  readonly issues: readonly FieldIssue[];
  readonly changes: readonly FieldChange[];
}

/** The dependencies of a fix. */
export interface FixItemDeps extends OrderRetention {
  readonly clock: Pick<Clock, 'now' | 'firstVersion'>;
}

/** The attributes that a fix derives, and refuses to set. */
const DERIVED = new Set(['pk', 'sk', 'version', 'updatedAt']);

/**
 * Sets fields of an item, then derives what follows from them: the type and the ids that its key names, the keys of its indices, the
 * version, the time of the change, and when an order expires by its status. A version that no reader accepts is replaced by the
 * clock's, which is later than any version of that key.
 *
 * @param set New values by path, with or without the name of the image before it.
 */
export function fixedItem(
  image: Image,
  key: ItemKey,
  set: FixDeadLetter['set'],
  deps: FixItemDeps,
): FixedItem {
  const before = unmarshal(image);
  const next = structuredClone<Record<string, AttributeValue>>({ ...image });
  const refused = Object.entries(set).flatMap(([name, value]): FieldIssue[] => {
    const path = fieldName(name);
    const message = setField(next, path, value);
    return message === undefined ? [] : [{ path, message }];
  });
  for (const [name, value] of Object.entries(derivedAttributes(before, unmarshal(next), key, deps)))
    if (value === undefined) delete next[name];
    else next[name] = convertToAttr(value);
  return {
    image: next,
    issues: refused.length > 0 ? refused : itemIssues(before, unmarshal(next)),
    changes: changesBetween(before, unmarshal(next)),
  };
}

/**
 * What violates the contract. The pieces of a product must add up too, as after every write of the shop. No order becomes `rejected`: only
 * the refusal of its stock makes it so, and no later change frees what it holds.
 */
function itemIssues(
  before: Readonly<Record<string, unknown>>,
  item: Readonly<Record<string, unknown>>,
): readonly FieldIssue[] {
  const checked = read(TableItem, item);
  if (!checked.success) return valueIssues(checked.error);
  if (checked.data.entityType === 'Order')
    return checked.data.status === 'rejected' && before['status'] !== 'rejected'
      ? [{ path: 'status', message: 'must not become rejected, which frees no stock: set cancelled' }]
      : [];
  if (checked.data.entityType !== 'Product') return [];
  const { stock, reserved, received } = checked.data;
  return stock + reserved === received
    ? []
    : [{ path: 'received', message: `must be stock + reserved, which is ${stock + reserved}` }];
}

/** Sets one field. @returns why it cannot be set. */
function setField(
  image: Record<string, AttributeValue>,
  path: string,
  value: FixDeadLetter['set'][string],
): string | undefined {
  const names = path.split('.');
  if (DERIVED.has(path)) return 'is derived, and cannot be set';
  if (isOfAnotherItem(path)) return 'is of another item: fix that one';
  if (names.some((name) => name === '' || name === '__proto__'))
    return 'must be a path, such as lines.0.amount';
  const attribute = value === null ? undefined : convertToAttr(value);
  return isSet({ M: image }, names, attribute) ? undefined : 'is not in the item';
}

const Ttl = itemAttributes.ttl.unwrap();

type Path = readonly string[];

function isSet(parent: AttributeValue, path: Path, value: AttributeValue | undefined): boolean {
  if (parent.L !== undefined) return isSetInList(parent.L, path, value);
  return parent.M !== undefined && isSetInMap(parent.M, path, value);
}

/** Sets a member that there is: to remove one would move those behind it. */
function isSetInList(
  members: AttributeValue[],
  [name = '', ...rest]: Path,
  value: AttributeValue | undefined,
): boolean {
  const member = /^\d+$/.test(name) ? members[Number(name)] : undefined;
  if (member === undefined) return false;
  if (rest.length > 0) return isSet(member, rest, value);
  if (value !== undefined) members[Number(name)] = value;
  return value !== undefined;
}

function isSetInMap(
  members: Record<string, AttributeValue>,
  [name = '', ...rest]: Path,
  value: AttributeValue | undefined,
): boolean {
  if (rest.length > 0) {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    // What is not there needs no removal.
    if (member === undefined && value === undefined) return true;
    const inner = member ?? { M: {} };
    members[name] = inner;
    return isSet(inner, rest, value);
  }
  if (value === undefined) delete members[name];
  else members[name] = value;
  return true;
}

function derivedAttributes(
  before: Readonly<Record<string, unknown>>,
  item: Readonly<Record<string, unknown>>,
  key: ItemKey,
  deps: FixItemDeps,
): Readonly<Record<string, unknown>> {
  const { clock } = deps;
  const named = parseKey(key);
  const entity = ENTITIES.find((one) => one.key.entityType === named?.entityType);
  const shape = entity?.item instanceof z.ZodObject ? entity.item.shape : {};
  const ofKey = Object.fromEntries(
    Object.entries(named ?? {}).filter(([name]) => Object.hasOwn(shape, name)),
  );
  const version = read(Version, item['version']).data;
  const derived: unknown = entity && 'derived' in entity ? entity.derived({ ...item, ...ofKey }) : {};
  return {
    ...ofKey,
    ...(typeof derived === 'object' && derived),
    ...(named?.entityType === 'Order' && orderTtl(before, item, deps)),
    version: version === undefined ? clock.firstVersion() : versionAfter(version),
    updatedAt: instantOf(clock.now()),
  };
}

/** An order whose status can change never expires, and one of the same final status expires when it would have. */
function orderTtl(
  before: Readonly<Record<string, unknown>>,
  item: Readonly<Record<string, unknown>>,
  deps: FixItemDeps,
): { readonly ttl?: number | undefined } {
  const status = read(OrderStatus, item['status']).data;
  if (status === undefined) return {};
  const isKept = isFinal(status) && before['status'] === status && read(Ttl, item['ttl']).success;
  return isKept ? {} : { ttl: ttlOfStatus(status, deps.clock.now(), deps) };
}

/** The fields that differ, each as JSON. */
function changesBetween(before: object, after: object): FieldChange[] {
  const [old, now] = [new Map(leavesOf(before)), new Map(leavesOf(after))];
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((path) => old.get(path) !== now.get(path))
    .map((path) => ({ path, before: old.get(path), after: now.get(path) }));
}

function leavesOf(value: unknown, path: readonly string[] = []): readonly (readonly [string, string])[] {
  const isBranch =
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length > 0 &&
    (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
  if (!isBranch) return [[path.join('.'), JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}
