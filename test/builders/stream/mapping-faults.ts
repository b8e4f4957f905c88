import * as z from 'zod';

/** The members of a mapping's field that are checked. */
export interface MappedField {
  readonly type?: string | undefined;
  readonly dynamic?: string | undefined;
  readonly index?: boolean | undefined;
  readonly copy_to?: string | readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, MappedField>> | undefined;
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

const INTEGER_MAX = 2 ** 31 - 1;

/**
 * What keeps a mapping from taking each document of a schema, and nothing else: the path of a field, and its fault. The names that a schema has in
 * the OpenAPI document are left out: with one, it would be a reference.
 */
export const mappingFaults = (schema: z.ZodObject, mapping: MappedField): readonly string[] =>
  objectFaults(z.toJSONSchema(schema, { metadata: z.registry() }), mapping, '', copyTargets(mapping));

function objectFaults(
  { properties: expected = {} }: JsonSchema,
  { dynamic, properties = {} }: MappedField,
  path: string,
  filled: ReadonlySet<string>,
): readonly string[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const surplus = Object.keys(properties).filter((name) => !(name in expected) && !filled.has(at(name)));
  return [
    ...(dynamic === 'strict' ? [] : [`${path}: is not strict`]),
    ...surplus.map((name) => `${at(name)}: is in no document`),
    ...Object.entries(expected).flatMap(([name, schema]) =>
      fieldFaults(schema as JsonSchema, properties[name], at(name), filled),
    ),
  ];
}

function fieldFaults(
  schema: JsonSchema,
  field: MappedField | undefined,
  path: string,
  filled: ReadonlySet<string>,
): readonly string[] {
  if (field === undefined) return [`${path}: is missing`];
  // A list is mapped as what it is a list of.
  if (schema.type === 'array') return fieldFaults(schema.items as JsonSchema, field, path, filled);
  if (schema.type === 'object') {
    if (field.properties === undefined) return [`${path}: is ${field.type}, not an object`];
    return objectFaults(schema, field, path, filled);
  }
  const fitting = typesOf(schema);
  return [
    ...(fitting.some((type) => type === field.type)
      ? []
      : [`${path}: is ${field.type}, not ${fitting.join(' or ')}`]),
    ...(field.index === false ? [`${path}: is not indexed`] : []),
  ];
}

/** The types of fields that hold every value of a schema. Only free text may be broken into words. */
function typesOf({ type, format, enum: values, maxLength, maximum, minimum }: JsonSchema): readonly string[] {
  if (type === 'integer') {
    const isSmall =
      Math.max(Math.abs(minimum ?? INTEGER_MAX + 1), Math.abs(maximum ?? INTEGER_MAX + 1)) <= INTEGER_MAX;
    return isSmall ? ['integer', 'long'] : ['long'];
  }
  if (type === 'boolean') return ['boolean'];
  if (type !== 'string') throw new RangeError(`No mapping is known for ${type}`);
  if (format === 'date-time') return ['date'];
  const isFreeText = values === undefined && maxLength !== undefined;
  return isFreeText ? ['text', 'keyword'] : ['keyword'];
}

// A field that others are copied to is filled by OpenSearch: no document has it.
function copyTargets({ copy_to, properties = {} }: MappedField): ReadonlySet<string> {
  const further = Object.values(properties).flatMap((field) => [...copyTargets(field)]);
  return new Set([...[copy_to ?? []].flat(), ...further]);
}
