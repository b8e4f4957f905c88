import { isDeepStrictEqual } from 'node:util';
import type { BreakingChange, BreakingKind } from './breaking-change.ts';
import type { EventSchema } from './event-contract.ts';
import { BOUNDS, loosenedBounds } from './loosened-bounds.ts';

/** Keywords that are compared by their meaning, and those that say nothing of a value. */
const COMPARED: ReadonlySet<string> = new Set([
  ...['type', 'const', 'enum', 'properties', 'required', 'items', ...BOUNDS],
  ...['title', 'description', 'examples', 'default', 'deprecated'],
]);

/**
 * Every way in which a value that keeps `after` may break `before`, or lack a member that `before` tells of. Keywords only
 * ever tighten a schema, so a new one is no matter. A keyword that is neither a type, a set of values, a bound nor a member
 * must stay what it was: whether another pattern takes less cannot be told, and what cannot be told counts as breaking.
 */
export function loosenings(
  before: EventSchema,
  after: EventSchema,
  where: string,
): readonly BreakingChange[] {
  const found = (kind: BreakingKind, message: string): BreakingChange => ({ kind, where, message });
  if (!takesOnlyTypesOf(before, after))
    return [found('changed-type', `was ${typesOf(before).join(' or ')}, is ${typesOf(after).join(' or ')}`)];
  return [
    ...widenedValues(before, after).map((message) => found('widened-values', message)),
    ...loosenedBounds(before, after).map((message) => found('loosened-bound', message)),
    ...changedRules(before, after).map((message) => found('changed-rule', message)),
    ...memberLoosenings(before, after, where),
    ...itemLoosenings(before, after, where),
  ];
}

const ANY = 'anything';

const typesOf = ({ type = ANY }: EventSchema): readonly string[] => [type].flat();

const takesOnlyTypesOf = (before: EventSchema, after: EventSchema): boolean => {
  const taken = new Set(typesOf(before));
  return typesOf(after).every(
    (type) => taken.has(ANY) || taken.has(type) || (type === 'integer' && taken.has('number')),
  );
};

function widenedValues(before: EventSchema, after: EventSchema): readonly string[] {
  const [taken, sent] = [valuesOf(before), valuesOf(after)];
  if (taken === undefined) return [];
  if (sent === undefined) return ['was one of a set of values, is any'];
  return sent
    .filter((value) => !taken.some((one) => isDeepStrictEqual(one, value)))
    .map((value) => `may be ${JSON.stringify(value)}, which it never was`);
}

const valuesOf = ({ const: value, enum: values }: EventSchema): readonly unknown[] | undefined =>
  value === undefined ? values : [value];

const changedRules = (before: EventSchema, after: EventSchema): readonly string[] =>
  Object.keys(before)
    .filter((keyword) => !COMPARED.has(keyword) && !isDeepStrictEqual(before[keyword], after[keyword]))
    .map((keyword) => `has another ${keyword}`);

function memberLoosenings(before: EventSchema, after: EventSchema, where: string): readonly BreakingChange[] {
  const { properties: sent = {}, required: alwaysSent = [] } = after;
  const { properties: known = {}, required: relied = [] } = before;
  const isOpen = before['additionalProperties'] === undefined || before['additionalProperties'] === true;
  const added = isOpen ? [] : Object.keys(sent).filter((name) => known[name] === undefined);
  return [
    ...Object.entries(known).flatMap(([name, schema]) => {
      const at = `${where}.${name}`;
      const now = sent[name];
      return now === undefined
        ? [{ kind: 'removed-member' as const, where: at, message: 'is gone' }]
        : loosenings(schema, now, at);
    }),
    ...relied
      .filter((name) => sent[name] !== undefined && !alwaysSent.includes(name))
      .map((name) => ({
        kind: 'may-be-absent' as const,
        where: `${where}.${name}`,
        message: 'was in each event',
      })),
    ...added.map((name) => ({
      kind: 'changed-rule' as const,
      where: `${where}.${name}`,
      message: 'is new, where other members were ruled out',
    })),
  ];
}

function itemLoosenings(before: EventSchema, after: EventSchema, where: string): readonly BreakingChange[] {
  if (before.items === undefined) return [];
  return after.items === undefined
    ? [{ kind: 'changed-rule', where: `${where}[]`, message: 'may be anything' }]
    : loosenings(before.items, after.items, `${where}[]`);
}
