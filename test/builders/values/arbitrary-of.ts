import fc from 'fast-check';
import * as z from 'zod';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Values that members and parameters of a name often take, so that requests meet what exists. */
export type Pools = Readonly<Record<string, readonly unknown[]>>;

/** What a schema takes: made from its JSON Schema, and held to all that its own rules say besides. */
export const arbitraryOf = <Schema extends z.ZodType>(
  schema: Schema,
  pools: Pools = {},
): fc.Arbitrary<z.input<Schema>> =>
  valueFor(z.toJSONSchema(schema, { io: 'input', metadata: z.registry() }), pools).filter(
    (value): value is z.input<Schema> => schema.safeParse(value).success,
  );

function valueFor(schema: JsonSchema, pools: Pools): fc.Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valueFor(choice, pools)));
  switch (schema.type) {
    case 'object':
      return objectOf(schema, pools);
    case 'array':
      return arrayOf(schema, pools);
    case 'string':
      return textOf(schema);
    case 'integer':
      return integerOf(schema);
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      throw new Error(`No values are known for ${JSON.stringify(schema)}`);
  }
}

const ENTRIES_MAX = 3;

function objectOf(
  { properties, required = [], propertyNames, additionalProperties }: JsonSchema,
  pools: Pools,
): fc.Arbitrary<unknown> {
  if (properties === undefined && additionalProperties !== undefined && additionalProperties !== true)
    return fc.dictionary(
      textOf(isSchema(propertyNames) ? propertyNames : {}),
      valueFor(isSchema(additionalProperties) ? additionalProperties : {}, pools),
      { maxKeys: ENTRIES_MAX },
    );
  return membersOf({ properties: properties ?? {}, required }, pools);
}

function membersOf({ properties = {}, required = [] }: JsonSchema, pools: Pools): fc.Arbitrary<unknown> {
  const members: [string, fc.Arbitrary<unknown>][] = Object.entries(properties).map(([name, schema]) => [
    name,
    memberOf(isSchema(schema) ? schema : {}, pools[name], pools),
  ]);
  return fc.record<Record<string, unknown>>(Object.fromEntries(members), { requiredKeys: required });
}

function memberOf(schema: JsonSchema, pool: readonly unknown[] | undefined, pools: Pools) {
  const any = valueFor(schema, pools);
  return pool === undefined ? any : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...pool) }, any);
}

function arrayOf({ items, minItems = 0, maxItems }: JsonSchema, pools: Pools): fc.Arbitrary<unknown> {
  const item = valueFor(isSchema(items) ? items : {}, pools);
  return fc.array(item, { minLength: minItems, ...(maxItems !== undefined && { maxLength: maxItems }) });
}

function textOf({ pattern, ...schema }: JsonSchema): fc.Arbitrary<string> {
  if (pattern === undefined) return anyTextOf(schema);
  const expression = new RegExp(pattern, 'u');
  const isBounded = schema.format !== undefined || schema.maxLength !== undefined;
  return isBounded
    ? anyTextOf(schema).filter((text) => expression.test(text))
    : fc.stringMatching(expression);
}

function anyTextOf({ format, minLength = 0, maxLength }: JsonSchema): fc.Arbitrary<string> {
  const instant = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true });
  if (format === 'email') return fc.emailAddress();
  if (format === 'date-time') return instant.map((date) => date.toISOString());
  if (format === 'date') return instant.map((date) => date.toISOString().slice(0, 10));
  return fc.string({ unit: 'grapheme', minLength, ...(maxLength !== undefined && { maxLength }) });
}

function integerOf({ minimum, exclusiveMinimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const above = typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : Number.MIN_SAFE_INTEGER;
  return fc.integer({ min: minimum ?? above, max: maximum ?? Number.MAX_SAFE_INTEGER });
}

const isSchema = (schema: unknown): schema is JsonSchema =>
  typeof schema === 'object' && !Array.isArray(schema);
