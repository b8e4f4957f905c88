import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENTITIES, filteredOut, parseKey } from '../../../contracts/entities/entities.ts';
import { entityKey } from '../../../contracts/entities/entity.ts';
import { orderKey } from '../../../contracts/entities/order.ts';
import { userKey } from '../../../contracts/entities/user.ts';
import { OrderId, UserId } from '../../../contracts/ids.ts';
import {
  declaredEntities,
  MissingEntityPlaceError,
  registrySource,
  withFilters,
  withItemTable,
} from '../../../infra/contract-tooling/entity-registry.ts';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const FOLDER = join(PROJECT_ROOT, 'contracts/entities');
const userId = UserId.parse('u-1');
const orderId = OrderId.parse('01KJMSY7G00000000000000001');

describe('the registry of entities', () => {
  it('has every entity that a file of contracts/entities declares', () => {
    const declared = readdirSync(FOLDER).flatMap((file) =>
      [...readFileSync(join(FOLDER, file), 'utf8').matchAll(/entityKey\(\s*'(\w+)'/g)].map(
        ([, type]) => type,
      ),
    );
    const types: readonly string[] = ENTITIES.map(({ key }) => key.entityType);
    expect(types.toSorted()).toEqual(declared.toSorted());
  });

  it('reads a key as the entity that spelled it', () => {
    expect(parseKey(orderKey(userId, orderId))).toEqual({ entityType: 'Order', userId, orderId });
    expect(parseKey(userKey(userId))).toEqual({ entityType: 'User', userId });
  });

  it.each([
    ['of no known shape', { pk: 'USER#u-1', sk: 'BASKET' }],
    ['with an id that breaks its contract', { pk: 'USER#u-1', sk: 'ORDER#17' }],
    ['without an id', { pk: 'USER#', sk: 'PROFILE#' }],
    ['with two ids where one is meant', { pk: 'USER#u-1', sk: 'PROFILE#u-2' }],
  ])('reads no entity from a key %s', (_, key) => {
    expect(parseKey(key)).toBeUndefined();
  });

  it('has the keys of the table in docs/architecture.md', () => {
    const rows = readFileSync(join(PROJECT_ROOT, 'docs/architecture.md'), 'utf8').match(
      /^\| [A-Z][a-z ]+ \| `.*$/gm,
    );
    const prefixes = ENTITIES.map(({ key: { pk, sk } }) => `${pk.prefix} ${sk.prefix}`);
    const documented = (rows ?? []).map((row) => {
      const [, , pk = '', sk = ''] = row.split('|').map((cell) => /`([^`#]*#?)/.exec(cell)?.[1] ?? '');
      return `${pk} ${sk}`;
    });
    expect(documented.toSorted()).toEqual(prefixes.toSorted());
  });

  it('filters out what a consumer writes itself, unless the other consumer reads it', () => {
    const own = ENTITIES.filter(({ writtenBy }) => writtenBy.every((writer) => writer === 'order-events'));
    for (const entity of own) {
      expect(filteredOut('order-events')).toContain(entity);
      expect(filteredOut('search-index')).toContain(entity);
    }
  });
});

describe('what follows from the registry', () => {
  const page = readFileSync(join(PROJECT_ROOT, 'docs/architecture.md'), 'utf8');
  const template = readFileSync(join(PROJECT_ROOT, 'infra/consumers.yaml'), 'utf8');
  const declared = declaredEntities(FOLDER);
  const mappings = [
    ['OrderEventsMapping', 'order-events'],
    ['SearchIndexMapping', 'search-index'],
  ] as const;

  it('is what `npm run entities` writes', () => {
    expect(readFileSync(join(FOLDER, 'registry.ts'), 'utf8')).toBe(registrySource(declared));
    expect(withItemTable(page, ENTITIES, declared)).toBe(page);
    for (const [mapping, consumer] of mappings)
      expect(withFilters(template, mapping, filteredOut(consumer))).toBe(template);
  });

  it('names in both filters of types, and in that of sort keys, an entity that a consumer no longer reads', () => {
    const [account, ...others] = ENTITIES;
    const without = withFilters(template, 'SearchIndexMapping', [account]);
    expect(without.match(/\["Account"\]/g)).toHaveLength(2);
    expect(without.match(/\["BALANCE"\]/g)).toHaveLength(1);
    expect(withItemTable(page, others, declared.slice(1))).not.toContain('| Account |');
  });

  it('is refused where it has no place', () => {
    expect(() => withItemTable('', ENTITIES, declared)).toThrow(MissingEntityPlaceError);
    expect(() => withFilters(template, 'OtherMapping', ENTITIES)).toThrow(MissingEntityPlaceError);
  });
});

describe('the key of an entity', () => {
  const key = entityKey('User', 'USER#{userId}', 'PROFILE#{userId}', { userId: UserId });

  it('reads back what it spells, and spells what it reads', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const parsed = key.read({ pk: `USER#${text}`, sk: `PROFILE#${text}` });
        if (parsed !== undefined) expect(key.read(key.of(parsed))).toEqual(parsed);
        expect(parsed !== undefined).toBe(UserId.safeParse(text).success);
      }),
    );
  });

  it.each(['USER#{userId}!', '{name}', 'USER#{userId}{userId}'])('is not made of %s', (pattern) => {
    expect(() => entityKey('User', pattern, 'PROFILE', { userId: UserId })).toThrow(TypeError);
  });
});
