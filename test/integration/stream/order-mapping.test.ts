import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import { hashEmail } from '../../builders/email-hash.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { localOpenSearch } from '../parts/clients.ts';

const client = localOpenSearch();
const name = `order-mapping-${ulid().toLowerCase()}`;

const bookcase = orderLine({ sku: 'FUR-1', name: 'Somerset bookcase', category: 'Furniture', amount: 7_000 });
const labels = orderLine({ sku: 'OFF-2', name: 'Address labels', category: 'Office Supplies', amount: 300 });
const west = orderItem({
  orderId: '01KJMSY7G00000000000000WES',
  lines: [bookcase, labels],
  shipTo: { name: 'Claire Example', city: 'Los Angeles', region: 'West', country: 'United States' },
  sourceId: 'CA-2016-152156',
});
const south = orderItem({
  orderId: '01KJMSY7G00000000000000S0T',
  lines: [labels],
  shipTo: { name: 'Sean Example', city: 'Henderson', region: 'South', country: 'United States' },
});

beforeAll(async () => {
  const orders = indexDefinitions.filter((definition) => definition.name === 'orders');
  await installIndices(
    client,
    orders.map(({ body }) => ({ name, body })),
  );
  for (const order of [west, south]) {
    const { source, id } = documentOf(order, hashEmail) ?? {};
    await client.index({ index: `${name}-write`, id: id ?? '', body: { ...source }, refresh: true });
  }
});

describe('orders are found', () => {
  it.each([
    ['a product name', 'bookcase'],
    ['a product and a customer together', 'claire bookcase'],
    ['a city', 'LOS ANGELES'],
    ['the order id', '01kjmsy7g00000000000000wes'],
    ["the source's id", 'CA-2016-152156'],
    ['a sku', 'FUR-1'],
    ['the beginning of a word, as it is typed', 'somer'],
    ['words, the last of them begun', 'claire los ang'],
  ])('by %s', async (_, typed) => {
    expect(await idsFound({ match_bool_prefix: { text: { query: typed, operator: 'and' } } })).toEqual([
      west.orderId,
    ]);
  });

  it('not by words of which one is of another order', async () => {
    expect(await idsFound({ match: { text: { query: 'sean bookcase', operator: 'and' } } })).toEqual([]);
  });

  it('by a category of any of their lines', async () => {
    expect(await idsFound({ term: { 'lines.category': 'Furniture' } })).toEqual([west.orderId]);
  });

  it('by a city, however it is written', async () => {
    expect(await idsFound({ term: { 'shipTo.city.keyword': 'los angeles' } })).toEqual([west.orderId]);
  });
});

describe('orders are counted', () => {
  it('once for each category that they have', async () => {
    const { counted } = await aggregated({ counted: { terms: { field: 'lines.category' } } });

    expect(counted).toMatchObject({
      buckets: [
        { key: 'Office Supplies', doc_count: 2 },
        { key: 'Furniture', doc_count: 1 },
      ],
    });
  });

  it('with the revenue of each category from its own lines', async () => {
    const { lines } = await aggregated({
      lines: {
        nested: { path: 'lines' },
        aggs: {
          category: {
            terms: { field: 'lines.category' },
            aggs: { revenue: { sum: { field: 'lines.amount' } } },
          },
        },
      },
    });

    expect(lines).toMatchObject({
      category: {
        buckets: [
          { key: 'Office Supplies', revenue: { value: 600 } },
          { key: 'Furniture', revenue: { value: 7_000 } },
        ],
      },
    });
  });
});

// By the transport: the client's types know no `field` in a terms aggregation.
const search = (body: Record<string, unknown>) =>
  client.transport.request({ method: 'POST', path: `/${name}/_search`, body });

async function idsFound(query: Record<string, unknown>): Promise<readonly string[]> {
  const { body } = await search({ query });
  return body.hits.hits.map(({ _id }: { _id: string }) => _id);
}

async function aggregated(aggs: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { body } = await search({ size: 0, aggs });
  return body.aggregations;
}
