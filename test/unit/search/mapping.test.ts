import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { OrderItem, OrderLine, ShipTo } from '../../../contracts/entities/order.ts';
import { ProductItem } from '../../../contracts/entities/product.ts';
import { UserItem } from '../../../contracts/entities/user.ts';
import {
  HeartbeatDocument,
  OrderDocument,
  ProductDocument,
  UserDocument,
} from '../../../contracts/search/documents.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import heartbeats from '../../../infra/opensearch/heartbeats.json' with { type: 'json' };
import orders from '../../../infra/opensearch/orders.json' with { type: 'json' };
import products from '../../../infra/opensearch/products.json' with { type: 'json' };
import users from '../../../infra/opensearch/users.json' with { type: 'json' };
import { documentOf } from '../../../pipelines/search/documents.ts';
import { REFRESH_MS } from '../../../pipelines/search/lag/index-lag.ts';
import { hashEmail } from '../../builders/email-hash.ts';
import { mappingFaults } from '../../builders/stream/mapping-faults.ts';
import { maximalOrder, maximalProduct, maximalUser } from '../../builders/values/maximal-items.ts';

const HOURS_A_RECORD_STAYS_IN_THE_STREAM = 24;
const documents = [
  { name: 'orders', schema: OrderDocument, definition: orders, item: maximalOrder() },
  { name: 'products', schema: ProductDocument, definition: products, item: maximalProduct() },
  { name: 'users', schema: UserDocument, definition: users, item: maximalUser() },
];

const mapped = [
  ...documents,
  { name: 'heartbeats', schema: HeartbeatDocument, definition: heartbeats, item: undefined },
];
const definitions = mapped.map(({ definition }) => definition);

describe.each(mapped)('the mapping of $name', ({ schema, definition }) => {
  it('has the fields of its contract in types that hold their values, no others, and takes no others', () => {
    expect(mappingFaults(schema, definition.mappings)).toEqual([]);
  });
});

describe.each(documents)('the contract of the documents of $name', ({ schema, item }) => {
  it('is kept by one, field for field', () => {
    const source: unknown = JSON.parse(JSON.stringify(documentOf(item, hashEmail)?.source));
    expect(schema.strict().parse(source)).toEqual(source);
    expect(Object.keys(schema.shape).toSorted()).toEqual(Object.keys(Object(source)).toSorted());
  });
});

it('is checked for each index that is installed', () => {
  expect(mapped.map(({ name }) => name)).toEqual(indexDefinitions.map(({ name }) => name));
});

it.each([
  ['order', Object.keys(OrderItem.shape), Object.keys(maximalOrder())],
  ['order line', Object.keys(OrderLine.shape), Object.keys(maximalOrder().lines[0] ?? {})],
  ['address', Object.keys(ShipTo.shape), Object.keys(maximalOrder().shipTo)],
  ['product', Object.keys(ProductItem.shape), Object.keys(maximalProduct())],
  ['user', Object.keys(UserItem.shape), Object.keys(maximalUser())],
])('documents come from an item that has every attribute of the %s contract', (_, contract, maximal) => {
  expect(maximal.toSorted()).toEqual(contract.toSorted());
});

describe('a mapping that does not fit its contract', () => {
  const schema = z.object({
    id: z.string().regex(/^[a-z]$/),
    name: z.string().max(100),
    pieces: z.int().min(0).max(10),
    total: z.int(),
    at: z.iso.datetime(),
    lines: z.array(z.object({ sku: z.enum(['a', 'b']) })),
  });
  const sku = { type: 'keyword' };
  const lines = { type: 'nested', dynamic: 'strict', properties: { sku } };
  const properties = {
    id: { type: 'keyword', copy_to: 'text' },
    name: { type: 'text', copy_to: 'text' },
    pieces: { type: 'integer' },
    total: { type: 'long' },
    at: { type: 'date' },
    lines,
    text: { type: 'text' },
  };
  const { name, ...withoutName } = properties;
  const faults = (changed: object, dynamic = 'strict') =>
    mappingFaults(schema, { dynamic, properties: { ...properties, ...changed } });

  it('is one of none of these', () => {
    expect(faults({})).toEqual([]);
  });

  it.each([
    ['lacks a field', { dynamic: 'strict', properties: withoutName }, 'name: is missing'],
    ['takes unknown fields', { dynamic: 'true', properties }, ': is not strict'],
  ])('%s', (_, mapping, fault) => {
    expect(mappingFaults(schema, mapping)).toEqual([fault]);
  });

  it.each([
    ['has a field that no document has', { extra: { type: 'keyword' } }, 'extra: is in no document'],
    ['breaks an id into words', { id: { type: 'text' } }, 'id: is text, not keyword'],
    ['has a number as a text', { total: { type: 'keyword' } }, 'total: is keyword, not long'],
    ['has too few bits for a number', { total: { type: 'integer' } }, 'total: is integer, not long'],
    ['has an instant as a text', { at: { type: 'keyword' } }, 'at: is keyword, not date'],
    ['takes unknown fields further down', { lines: { ...lines, dynamic: 'true' } }, 'lines: is not strict'],
    ['lacks a field further down', { lines: { ...lines, properties: {} } }, 'lines.sku: is missing'],
    [
      'has a field further down that no document has',
      { lines: { ...lines, properties: { sku, extra: sku } } },
      'lines.extra: is in no document',
    ],
    ['has a list of objects as a text', { lines: { type: 'keyword' } }, 'lines: is keyword, not an object'],
    ['has a text that is not indexed', { name: { ...name, index: false } }, 'name: is not indexed'],
  ])('%s', (_, changed, fault) => {
    expect(faults(changed)).toEqual([fault]);
  });
});

describe('the settings of an index', () => {
  it('let what was written be found as soon as the index lag says', () => {
    expect(definitions.map(({ settings }) => settings.index.refresh_interval)).toEqual(
      definitions.map(() => `${REFRESH_MS / MS_PER_SECOND}s`),
    );
  });

  it('remember a removal for longer than its record can come again', () => {
    for (const { gc_deletes: kept } of definitions.map(({ settings }) => settings.index)) {
      expect(kept).toMatch(/^\d+h$/);
      expect(Number.parseInt(kept, 10)).toBeGreaterThan(HOURS_A_RECORD_STAYS_IN_THE_STREAM);
    }
  });
});
