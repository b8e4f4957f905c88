import { isDeepStrictEqual } from 'node:util';
import type { EventContract, EventMessage, EventSchema } from './event-contract.ts';

/** The kinds of promises of an earlier document that a later one can break. */
type BreakingKind =
  | 'removed-channel'
  | 'moved-channel'
  | 'removed-message'
  | 'changed-content-type'
  | 'removed-member'
  | 'may-be-absent'
  | 'changed-type'
  | 'widened-values'
  | 'loosened-bound'
  | 'changed-rule';

/** One way in which an event of the later document may differ from what a subscriber of the earlier one expects. */
interface BreakingChange {
  readonly kind: BreakingKind;
  /** Channel, event type and member, such as `orderTopic order.placed payload.data.total`. */
  readonly where: string;
  readonly message: string;
}

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** The keywords of JSON Schema that limit a value by a number. */
const BOUNDS: readonly string[] = [...LOWER, ...UPPER];

/** The limits of `before` that a value that is valid by `after` may exceed. */
const loosenedBounds = (before: EventSchema, after: EventSchema): readonly string[] =>
  BOUNDS.flatMap((keyword) => {
    const [was, is] = [before[keyword], after[keyword]];
    if (typeof was !== 'number' || (typeof is === 'number' && isWithin(keyword, is, was))) return [];
    return [`${keyword} was ${was}, is ${typeof is === 'number' ? is : 'none'}`];
  });

const isWithin = (keyword: string, is: number, was: number): boolean =>
  LOWER.includes(keyword) ? is >= was : is <= was;

/** Keywords that are compared by their meaning, and those that do not restrict a value. */
const COMPARED: ReadonlySet<string> = new Set([
  ...['type', 'const', 'enum', 'properties', 'required', 'items', ...BOUNDS],
  ...['title', 'description', 'examples', 'default', 'deprecated'],
]);

/**
 * Every way in which a value that is valid by `after` may be invalid by `before`, or lack a member of `before`. A keyword only tightens
 * a schema, so a new keyword breaks nothing. A keyword other than a type, a set of values, a limit or a member must stay unchanged:
 * whether another pattern is stricter cannot be decided, so a change counts as breaking.
 */
function loosenings(before: EventSchema, after: EventSchema, where: string): readonly BreakingChange[] {
  const found = (kind: BreakingKind, message: string): BreakingChange => ({ kind, where, message });
  if (!hasOnlyTypesOf(before, after))
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

const hasOnlyTypesOf = (before: EventSchema, after: EventSchema): boolean => {
  const allowed = new Set(typesOf(before));
  return typesOf(after).every(
    (type) => allowed.has(ANY) || allowed.has(type) || (type === 'integer' && allowed.has('number')),
  );
};

function widenedValues(before: EventSchema, after: EventSchema): readonly string[] {
  const [allowed, sent] = [valuesOf(before), valuesOf(after)];
  if (allowed === undefined) return [];
  if (sent === undefined) return ['was one of a set of values, is any value'];
  return sent
    .filter((value) => !allowed.some((one) => isDeepStrictEqual(one, value)))
    .map((value) => `may be ${JSON.stringify(value)}, which was not allowed`);
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
        ? [{ kind: 'removed-member' as const, where: at, message: 'is removed' }]
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
      message: 'is new, and additional members were not allowed',
    })),
  ];
}

function itemLoosenings(before: EventSchema, after: EventSchema, where: string): readonly BreakingChange[] {
  if (before.items === undefined) return [];
  return after.items === undefined
    ? [{ kind: 'changed-rule', where: `${where}[]`, message: 'may be anything' }]
    : loosenings(before.items, after.items, `${where}[]`);
}

/**
 * Every way in which the events of `after` may differ from what a subscriber of `before` expects. Empty if each event of `after` is
 * valid by `before`, or of a type that `before` does not have and its subscribers ignore.
 */
export function breakingChanges(before: EventContract, after: EventContract): readonly BreakingChange[] {
  return Object.entries(before.channels).flatMap(([id, channel]) => {
    const now = after.channels[id];
    if (now === undefined) return [found('removed-channel', id, 'is removed')];
    return [
      ...(now.address === channel.address ? [] : [found('moved-channel', id, 'has another address')]),
      ...[...channel.messages.values()].flatMap((message) => {
        const where = `${id} ${message.name}`;
        const later = now.messages.get(message.name);
        return later === undefined
          ? [found('removed-message', where, 'is removed')]
          : messageChanges(
              { contentType: before.defaultContentType, ...message },
              { contentType: after.defaultContentType, ...later },
              where,
            );
      }),
    ];
  });
}

const messageChanges = (
  before: EventMessage,
  after: EventMessage,
  where: string,
): readonly BreakingChange[] => [
  ...(before.contentType === after.contentType
    ? []
    : [found('changed-content-type', where, 'has another content type')]),
  ...loosenings(before.headers, after.headers, `${where} headers`),
  ...loosenings(before.payload, after.payload, `${where} payload`),
];

const found = (kind: BreakingKind, where: string, message: string): BreakingChange => ({
  kind,
  where,
  message,
});
