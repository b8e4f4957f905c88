import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { InvalidValueError, parse, parseJson, read, readJson } from '../../../contracts/reading.ts';
import { PRIVATE_TEXT } from '../../builders/values/broken-value.ts';
import { type Leaf, leavesOf, sampleOf, withLeaf } from '../../builders/values/schema-leaves.ts';

const CONTRACTS = resolve(import.meta.dirname, '../../../contracts');

const files = readdirSync(CONTRACTS, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .toSorted();

/** Every exported schema by its name; of an exported shape, its members. */
const schemas: readonly (readonly [string, z.ZodType])[] = (
  await Promise.all(
    files.map(async (file) => {
      const exported: Record<string, unknown> = await import(join(CONTRACTS, file));
      return Object.entries(exported).flatMap(([name, value]) => schemasIn(`${file} ${name}`, value));
    }),
  )
).flat();

function schemasIn(name: string, exported: unknown): readonly (readonly [string, z.ZodType])[] {
  if (exported instanceof z.ZodType) return [[name, exported]];
  if (typeof exported !== 'object' || exported === null) return [];
  return Object.entries(exported).flatMap(([member, value]) =>
    value instanceof z.ZodType ? [[`${name}.${member}`, value] as const] : [],
  );
}

const oddMembers: readonly unknown[] = [
  { toString: null },
  { valueOf: null, toString: null },
  Symbol('length'),
  'text',
  -1,
  null,
  {},
];
/** Values that have sent a check of a schema astray, or could. */
const oddValues: readonly unknown[] = [
  ...['length', 'size', 'toString', 'valueOf', 'then', 'constructor'].flatMap((name) =>
    oddMembers.map((member) => ({ [name]: member, text: PRIVATE_TEXT })),
  ),
  JSON.parse('{"__proto__":{"length":{"toString":null}}}'),
  JSON.parse('{"constructor":{"prototype":null}}'),
  ...[null, undefined, [], [[]], [null], [{ length: {} }], {}],
  ...[-0, 2 ** 53, 1e308, -1e308, Number.NaN, Number.POSITIVE_INFINITY, 0.1, 10n ** 40n],
  ...['\ud800', 'a\udc00', '\ufffd', '\u0000', '', ' '.repeat(10_000)],
];
const isOddObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPrefix = (prefix: readonly PropertyKey[], path: readonly PropertyKey[]): boolean =>
  prefix.every((part, index) => String(path[index]) === String(part));

/** What is wrong with how a schema takes odd values at a leaf. */
function faultsAt(schema: z.ZodType, sample: unknown, { path, refusesObjects }: Leaf): readonly string[] {
  return oddValues.flatMap((odd) => {
    const where = `${path.join('.')} = ${inspect(odd)}`;
    const issues = read(schema, withLeaf(sample, path, odd)).error?.issues ?? [];
    const namesField = issues.some((issue) => isPrefix(path, issue.path));
    return [
      ...(JSON.stringify(issues).includes(PRIVATE_TEXT) ? [`${where}: quotes the value`] : []),
      ...(refusesObjects && isOddObject(odd) && !namesField ? [`${where}: not named`] : []),
    ];
  });
}

describe('each schema of the contracts', () => {
  it('is found', () => {
    expect(schemas.length).toBeGreaterThan(100);
  });

  it.each(schemas)('%s gives a value or names the field, with any value at a leaf', (_name, schema) => {
    const sample = sampleOf(schema);
    expect(leavesOf(schema).flatMap((leaf) => faultsAt(schema, sample, leaf))).toEqual([]);
  });
});

describe('reading a value', () => {
  const Named = z.object({ name: z.string().min(1).max(5), tags: z.array(z.string()).max(2).optional() });
  const odd = { length: { toString: null } };

  it('names a field whose length cannot be compared', () => {
    expect(read(Named, { name: odd }).error?.issues).toMatchObject([
      { path: ['name'], message: 'Invalid input: expected string, received object' },
    ]);
  });

  it('names each of two such fields', () => {
    const issues = read(Named, { name: odd, tags: odd }).error?.issues;
    expect(issues?.map(({ path }) => path)).toEqual([['name'], ['tags']]);
  });

  it('takes a member called length where the schema has one', () => {
    const Sized = z.object({ length: z.int().max(9), name: z.string().max(5) });
    expect(read(Sized, { length: 5, name: odd }).error?.issues.map(({ path }) => path)).toEqual([['name']]);
  });

  it('refuses a value whose members cannot be looked at', () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error(PRIVATE_TEXT);
        },
        ownKeys: () => {
          throw new Error(PRIVATE_TEXT);
        },
      },
    );
    expect(read(Named, hostile).error?.issues).toMatchObject([{ path: [], message: 'cannot be read' }]);
  });

  it('refuses a value that leads back to itself, however deep it is looked into', () => {
    const circle: Record<string, unknown> = { name: odd };
    circle['again'] = circle;
    expect(read(Named, circle).success).toBe(false);
  });
});

describe('reading JSON', () => {
  const Count = z.object({ count: z.int() });

  it('gives the value of the text', () => {
    expect(readJson(Count, '{"count":1}').data).toEqual({ count: 1 });
  });

  it.each(['', '{', PRIVATE_TEXT, undefined, 7])('says of %j that it must be JSON', (text) => {
    expect(readJson(Count, text).error?.issues).toMatchObject([{ path: [], message: 'must be JSON' }]);
  });
});

describe('parsing what must have a shape', () => {
  it('throws an error of ours that names the fields and quotes no value', () => {
    const schema = z.object({ address: z.object({ city: z.int() }) });
    const failing = [
      () => parse(schema, { address: { city: PRIVATE_TEXT } }),
      () => parseJson(schema, JSON.stringify({ address: { city: PRIVATE_TEXT } })),
    ];
    for (const fail of failing)
      expect(fail).toThrow(
        expect.objectContaining({
          code: 'invalid-value',
          message:
            'A value does not match its schema: address.city: Invalid input: expected number, received string',
        }),
      );
    expect(() => parseJson(schema, PRIVATE_TEXT)).toThrow(InvalidValueError);
  });
});
