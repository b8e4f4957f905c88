import { describe, expect, it } from 'vitest';
import { OrderItem, OrderLine, ShipTo } from '../../../contracts/items/order.ts';
import { ProductItem } from '../../../contracts/items/product.ts';
import { UserItem } from '../../../contracts/items/user.ts';
import orders from '../../../infra/opensearch/orders.json' with { type: 'json' };
import products from '../../../infra/opensearch/products.json' with { type: 'json' };
import users from '../../../infra/opensearch/users.json' with { type: 'json' };
import { documentOf } from '../../../pipelines/search/documents.ts';
import { maximalOrder, maximalProduct, maximalUser } from '../../builders/maximal-items.ts';

interface Field {
  readonly type?: string | undefined;
  readonly properties?: Readonly<Record<string, Field>> | undefined;
  readonly copy_to?: string | undefined;
}

const mappings: ReadonlyMap<string, Readonly<Record<string, Field>>> = new Map<string, Record<string, Field>>(
  [
    ['orders', orders.mappings.properties],
    ['products', products.mappings.properties],
    ['users', users.mappings.properties],
  ],
);
const settings = [orders, products, users].map((definition) => definition.settings.index);
const HOURS_A_RECORD_STAYS_IN_THE_STREAM = 24;

describe('the mapping of an index', () => {
  it.each([
    ['orders', maximalOrder()],
    ['products', maximalProduct()],
    ['users', maximalUser()],
  ])('of %s has the fields that its documents have, and no others', (name, item) => {
    expect(mappedFields(mappings.get(name) ?? {}).toSorted()).toEqual(
      documentFields(documentOf(item)?.source).toSorted(),
    );
  });

  it.each([
    ['order', Object.keys(OrderItem.shape), Object.keys(maximalOrder())],
    ['order line', Object.keys(OrderLine.shape), Object.keys(maximalOrder().lines[0] ?? {})],
    ['address', Object.keys(ShipTo.shape), Object.keys(maximalOrder().shipTo)],
    ['product', Object.keys(ProductItem.shape), Object.keys(maximalProduct())],
    ['user', Object.keys(UserItem.shape), Object.keys(maximalUser())],
  ])('is compared with an item that has every attribute of the %s contract', (_, contract, maximal) => {
    expect(maximal.toSorted()).toEqual(contract.toSorted());
  });

  it('takes no field that it does not know, at any level', () => {
    expect([orders, products, users].map(({ mappings: { dynamic } }) => dynamic)).toEqual(
      Array(settings.length).fill('strict'),
    );
    expect(orders.mappings.properties.lines.dynamic).toBe('strict');
    expect(orders.mappings.properties.shipTo.dynamic).toBe('strict');
  });
});

describe('the settings of an index', () => {
  it('remember a removal for longer than its record can come again', () => {
    for (const { gc_deletes: kept } of settings) {
      expect(kept).toMatch(/^\d+h$/);
      expect(Number.parseInt(kept, 10)).toBeGreaterThan(HOURS_A_RECORD_STAYS_IN_THE_STREAM);
    }
  });
});

function mappedFields(properties: Readonly<Record<string, Field>>, prefix = ''): readonly string[] {
  const targets = new Set(copyTargets(properties));
  return Object.entries(properties)
    .filter(([name]) => !targets.has(name))
    .flatMap(([name, field]) =>
      field.properties === undefined ? [prefix + name] : mappedFields(field.properties, `${prefix}${name}.`),
    );
}

// A field that others are copied to is filled by OpenSearch: no document has it.
const copyTargets = (properties: Readonly<Record<string, Field>>): readonly string[] =>
  Object.values(properties).flatMap((field) => [
    ...(field.copy_to === undefined ? [] : [field.copy_to]),
    ...copyTargets(field.properties ?? {}),
  ]);

function documentFields(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return [...new Set(value.flatMap((element) => documentFields(element, path)))];
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [path];
  return Object.entries(value).flatMap(([name, field]) =>
    documentFields(field, path === '' ? name : `${path}.${name}`),
  );
}
