import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { OrderSearchResult, SearchOrdersQuery } from '../../contracts/api/order-search.ts';
import type { OrderItem } from '../../contracts/items/order.ts';
import { indexDefinitions } from '../../handlers/ops/index-definitions.ts';
import { decodeChange } from '../../pipelines/core/decode.ts';
import { SearchUnavailableError } from '../../pipelines/search/errors.ts';
import { installIndices } from '../../pipelines/search/install-indices.ts';
import { SearchIndex } from '../../pipelines/search/search-index.ts';
import { searchOrders } from '../../pipelines/search/search-orders.ts';
import { orderItem } from '../builders/items.ts';
import { maximalOrder } from '../builders/maximal-items.ts';
import { insertOf } from '../builders/stream-record.ts';
import { localOpenSearch } from './clients.ts';

const client = localOpenSearch();
/** No other test's orders are this user's. */
const userId = `searcher-${ulid()}`;
const found = (query: Readonly<Record<string, string>>) =>
  searchOrders(client, SearchOrdersQuery.parse({ userId, ...query }), 'all');
const order = (name: string, category: string, status: OrderItem['status']) =>
  orderItem({
    userId,
    orderId: ulid(),
    status,
    lines: [{ sku: 'sku-1', name, category, quantity: 1, amount: 2_500 }],
  });

beforeAll(async () => {
  await installIndices(client, indexDefinitions);
  const index = new SearchIndex({ client });
  const orders = [
    order('Oak chair', 'Furniture', 'placed'),
    order('Oak table', 'Furniture', 'shipped'),
    order('Paper & <b>ink</b>', 'Office', 'placed'),
  ];
  const { signal } = new AbortController();
  await Promise.all(orders.map((one) => index.handle(decodeChange(insertOf(one)), signal)));
  await client.indices.refresh({ index: 'orders' });
});

describe('a search for orders', () => {
  it('finds those that have all words, and says where', async () => {
    const result = await found({ q: 'oak cha' });
    expect(result).toMatchObject({ total: 1, isTotalExact: true, isComplete: true });
    expect(OrderSearchResult.parse(result)).toEqual(result);
    expect((await found({ q: 'oak chair' })).hits[0]?.highlights).toEqual([
      {
        field: 'lines.name',
        parts: [
          { text: 'Oak', isHit: true },
          { text: ' ', isHit: false },
          { text: 'chair', isHit: true },
        ],
      },
    ]);
  });

  it('finds the newest without a word', async () => {
    expect((await found({})).total).toBe(3);
  });

  it('finds only what is visible, whoever is asked for', async () => {
    const asked = SearchOrdersQuery.parse({ userId });
    expect((await searchOrders(client, asked, { ofUser: userId })).total).toBe(3);
    const { total, hits, facets } = await searchOrders(client, asked, { ofUser: 'somebody-else' });
    expect({ total, hits, facets }).toEqual({ total: 0, hits: [], facets: { status: [], category: [] } });
  });

  it('finds an order by its id', async () => {
    const [first] = (await found({})).hits;
    expect((await found({ q: first?.orderId ?? '' })).hits.map(({ orderId }) => orderId)).toEqual([
      first?.orderId,
    ]);
  });

  it('counts by each facet what the other facets let pass', async () => {
    const { hits, facets } = await found({ status: 'placed' });
    expect(hits).toHaveLength(2);
    expect(facets.status).toEqual([
      { value: 'placed', orders: 2 },
      { value: 'shipped', orders: 1 },
    ]);
    expect(facets.category).toEqual([
      { value: 'Furniture', orders: 1 },
      { value: 'Office', orders: 1 },
    ]);
  });

  it.each([
    ['*', 0],
    ['oak OR ink', 0],
    ['"oak', 2],
    ['orderId:*', 0],
    ['(', 0],
    ['oak AND', 0],
    ['~', 0],
    ['\\', 0],
    ['{"match_all":{}}', 0],
    ['/.*/', 0],
    ['\u2028', 0],
  ])('takes %j for words and not for a query', async (q, total) => {
    expect((await found({ q })).total).toBe(total);
  });

  it('finds within a text that looks like markup, and leaves it text', async () => {
    const [hit] = (await found({ q: 'ink' })).hits;
    expect(hit?.highlights[0]?.parts).toEqual([
      { text: 'Paper & <b>', isHit: false },
      { text: 'ink', isHit: true },
      { text: '</b>', isHit: false },
    ]);
  });

  it('takes the longest query there can be, and shows the largest order', async () => {
    const index = new SearchIndex({ client });
    await index.handle(decodeChange(insertOf(maximalOrder())), new AbortController().signal);
    await client.indices.refresh({ index: 'orders' });
    const words = Array.from({ length: 100 }, (_, n) => String.fromCharCode(97 + (n % 26))).join(' ');
    expect(
      OrderSearchResult.parse(await searchOrders(client, SearchOrdersQuery.parse({ q: words }), 'all')),
    ).toBeDefined();
    const all = await searchOrders(client, SearchOrdersQuery.parse({ limit: '100' }), 'all');
    expect(all.hits.length).toBeGreaterThan(3);
  });

  it('says so when the index does not answer', async () => {
    const away = {
      transport: {
        request: () =>
          Object.assign(Promise.resolve({ statusCode: 503, body: {} }), { abort: () => undefined }),
      },
    };
    await expect(searchOrders(away, SearchOrdersQuery.parse({}), 'all')).rejects.toThrow(
      SearchUnavailableError,
    );
  });
});
