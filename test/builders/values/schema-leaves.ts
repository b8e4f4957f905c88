import * as z from 'zod';

/** A place in a value at which its schema looks at one plain value. */
export interface Leaf {
  readonly path: readonly string[];
  /** Whether it certainly refuses an object there. */
  readonly refusesObjects: boolean;
}

const DEPTH_MAX = 12;

/** A value with each member of a schema, and the literals that distinguish the variants of a union; not always a sound one. */
export function sampleOf(schema: z.ZodType): unknown {
  return sampleWithin(schema, DEPTH_MAX);
}

function sampleWithin(schema: unknown, depth: number): unknown {
  if (depth === 0 || !(schema instanceof z.ZodType)) return undefined;
  const sample = (inner: unknown): unknown => sampleWithin(inner, depth - 1);
  if (schema instanceof z.ZodObject)
    return Object.fromEntries(Object.entries(schema.shape).map(([name, member]) => [name, sample(member)]));
  if (schema instanceof z.ZodArray) return [sample(schema.element)];
  if (schema instanceof z.ZodTuple) return schema.def.items.map(sample);
  if (schema instanceof z.ZodRecord) return { key: sample(schema.valueType) };
  if (schema instanceof z.ZodLiteral) return [...schema.values][0];
  if (schema instanceof z.ZodEnum) return schema.options[0];
  if (schema instanceof z.ZodUnion) return sample(schema.options[0]);
  const inner = innerOf(schema);
  if (inner !== undefined) return sample(inner);
  return schema instanceof z.ZodNumber ? 1 : 'x';
}

/** The places at which a schema looks at plain values, those of each variant of a union among them. */
export const leavesOf = (schema: z.ZodType): readonly Leaf[] =>
  leavesAt(schema, { path: [], isStrict: true });

interface Place {
  readonly path: readonly string[];
  /** False within what may take another value in place of one that breaks its schema: a variant of a union, or a default. */
  readonly isStrict: boolean;
}

function leavesAt(schema: unknown, { path, isStrict }: Place): readonly Leaf[] {
  if (path.length > DEPTH_MAX || !(schema instanceof z.ZodType)) return [];
  const below = (name: string, inner: unknown): readonly Leaf[] =>
    leavesAt(inner, { path: [...path, name], isStrict });
  const self: Leaf = { path, refusesObjects: isStrict && refusesObjects(schema) };
  if (schema instanceof z.ZodObject)
    return [self, ...Object.entries(schema.shape).flatMap(([name, member]) => below(name, member))];
  if (schema instanceof z.ZodArray) return [self, ...below('0', schema.element)];
  if (schema instanceof z.ZodTuple)
    return [self, ...schema.def.items.flatMap((item, index) => below(String(index), item))];
  if (schema instanceof z.ZodRecord) return [self, ...below('key', schema.valueType)];
  if (schema instanceof z.ZodUnion)
    return [
      self,
      ...schema.options.flatMap((option: unknown) => leavesAt(option, { path, isStrict: false })),
    ];
  const inner = innerOf(schema);
  return inner === undefined
    ? [self]
    : leavesAt(inner, { path, isStrict: isStrict && !(schema instanceof z.ZodCatch) });
}

/** The schema that another one wraps, such as an optional one, and what a pipe looks at first. */
function innerOf(schema: z.ZodType): unknown {
  const { def } = schema;
  if ('innerType' in def) return def.innerType;
  if (schema instanceof z.ZodPipe) return schema.in instanceof z.ZodTransform ? undefined : schema.in;
  if (schema instanceof z.ZodLazy) return schema.unwrap();
  return undefined;
}

function refusesObjects(schema: z.ZodType): boolean {
  const types = [
    z.ZodString,
    z.ZodStringFormat,
    z.ZodNumber,
    z.ZodBoolean,
    z.ZodLiteral,
    z.ZodEnum,
    z.ZodArray,
  ];
  return types.some((type) => schema instanceof type);
}

/** A value with another one at a place. */
export function withLeaf(value: unknown, [name, ...rest]: readonly string[], leaf: unknown): unknown {
  if (name === undefined) return leaf;
  if (Array.isArray(value)) return [withLeaf(value[Number(name)], rest, leaf)];
  const members = typeof value === 'object' && value !== null ? value : {};
  const member: unknown = Object.entries(members).find(([own]) => own === name)?.[1];
  return { ...members, [name]: withLeaf(member, rest, leaf) };
}
