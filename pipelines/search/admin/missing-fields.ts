import * as z from 'zod';

/** A field of a mapping: the members that an index needs to take its values. */
export interface Field {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly dynamic?: string | undefined;
  readonly include_in_parent?: boolean | undefined;
  readonly copy_to?: string | readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, Field>> | undefined;
}

/** Reads a mapping, or a field of one. OpenSearch returns `dynamic` as a text and flags as flags. */
export const Field: z.ZodType<Field> = z.object({
  type: z.string().optional(),
  format: z.string().optional(),
  dynamic: z.string().optional(),
  include_in_parent: z.boolean().optional(),
  copy_to: z.union([z.string(), z.array(z.string())]).optional(),
  get properties(): z.ZodOptional<z.ZodRecord<z.ZodString, typeof Field>> {
    return z.record(z.string(), Field).optional();
  },
});

/**
 * The fields of documents that an index with the mapping `existing` does not take, in a form that any index can add: without analyzers and
 * copies, which it may lack. They hold values until a rebuild; what is found by them follows with it. A field that others are copied to is in
 * no document.
 */
export function missingFields(wanted: Field, existing: Field): Readonly<Record<string, object>> {
  return missingIn(wanted.properties ?? {}, existing.properties ?? {}, copyTargets(wanted), '');
}

function missingIn(
  wanted: Readonly<Record<string, Field>>,
  existing: Readonly<Record<string, Field>>,
  filled: ReadonlySet<string>,
  path: string,
): Readonly<Record<string, object>> {
  const missing = Object.entries(wanted).flatMap(([name, field]): [string, object][] => {
    if (filled.has(path + name)) return [];
    const present = existing[name];
    if (present === undefined) return [[name, plain(field)]];
    const further = missingIn(field.properties ?? {}, present.properties ?? {}, filled, `${path}${name}.`);
    if (Object.keys(further).length === 0) return [];
    return [[name, { ...(present.type && { type: present.type }), properties: further }]];
  });
  return Object.fromEntries(missing);
}

const plain = ({ type, format, dynamic, include_in_parent, properties }: Field): object => ({
  ...(type !== undefined && { type }),
  ...(format !== undefined && { format }),
  ...(dynamic !== undefined && { dynamic }),
  ...(include_in_parent !== undefined && { include_in_parent }),
  ...(properties !== undefined && {
    properties: Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, plain(field)])),
  }),
});

function copyTargets({ copy_to = [], properties = {} }: Field): ReadonlySet<string> {
  const further = Object.values(properties).flatMap((field) => [...copyTargets(field)]);
  return new Set([...[copy_to].flat(), ...further]);
}
