import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { ProductSearchResult } from '../../../contracts/api/search.ts';
import type { ProductItem } from '../../../contracts/entities/product.ts';
import { productItem } from '../../builders/values/items.ts';
import { problemIn } from '../api/write-api.ts';
import { type SearchApi, startSearchApi } from './search-api.ts';

type Query = Readonly<Record<string, string | readonly string[]>>;

/** No other test's products have this category. */
const category = `Seats ${ulid()}`;
const other = `Other ${ulid()}`;
const run = ulid().slice(-6);
const product = (sku: string, overrides: Parameters<typeof productItem>[0]): ProductItem =>
  productItem({ sku: `${sku}-${run}`, category, ...overrides });

const chair = product('FUR-CH-1', { name: 'Café chair', subCategory: 'Chairs', unitPrice: 300 });
const stool = product('FUR-ST-2', { name: 'Bar stool', subCategory: 'Stools', unitPrice: 200, stock: 0 });
const bench = product('FUR-BE-3', { name: 'Garden bench', subCategory: 'Chairs', unitPrice: 100 });
const lamp = product('TEC-LA-4', { name: 'Café lamp', category: other, unitPrice: 50 });

let api: SearchApi;
const caller = { sub: 'somebody' };
async function search(query: Query): Promise<ProductSearchResult> {
  const { status, body } = await api.searchProducts({ query, caller });
  expect({ status, body }).toMatchObject({ status: 200 });
  return ProductSearchResult.strict().parse(body);
}
const found = async (query: Query) => (await search(query)).hits.map(({ sku }) => sku);
const skus = (...some: readonly ProductItem[]) => some.map(({ sku }) => sku);

beforeAll(async () => {
  api = await startSearchApi();
  await api.put(chair, stool, bench, lamp);
});

describe('a search for products', () => {
  it('shows what a caller needs to choose one, and marks the words', async () => {
    const { hits, total, isTotalExact } = await search({ q: 'cafe chair', category });
    expect({ total, isTotalExact }).toEqual({ total: 1, isTotalExact: true });
    expect(hits).toEqual([
      {
        sku: chair.sku,
        name: 'Café chair',
        category,
        subCategory: 'Chairs',
        unitPrice: 300,
        currency: 'EUR',
        inStock: true,
        highlights: expect.arrayContaining([
          {
            field: 'name',
            parts: [
              { text: 'Café', isHit: true },
              { text: ' ', isHit: false },
              { text: 'chair', isHit: true },
            ],
          },
        ]),
      },
    ]);
  });

  it.each([
    ['a word of the name without its accent', 'cafe', chair],
    ['the beginning of a word', 'gard', bench],
    ['a sub-category', 'stools', stool],
    ['the sku', stool.sku, stool],
    ['the sku without its separators', bench.sku.replaceAll('-', '').toLowerCase(), bench],
    ['the end of the sku', chair.sku.slice(-8), chair],
  ])('finds one by %s', async (_, q, expected) => {
    expect(await found({ q, category })).toEqual(skus(expected));
  });

  it('marks the sku as far as it was typed', async () => {
    const { hits } = await search({ q: `fur-ch-1-${run}`, category });
    expect(hits[0]?.highlights).toContainEqual({ field: 'sku', parts: [{ text: chair.sku, isHit: true }] });
  });

  it('finds similar words where no product has them as they are spelled, and says so', async () => {
    expect(await search({ q: 'gardne', category })).toMatchObject({
      matches: 'similar-words',
      hits: [{ sku: bench.sku }],
    });
    expect(await search({ q: 'garden', category })).not.toHaveProperty('matches');
  });

  it.each<readonly [Query, readonly ProductItem[]]>([
    [{ category }, [stool, chair, bench]],
    [{ category: [category, other] }, [stool, chair, lamp, bench]],
    [{ category, subCategory: 'Chairs' }, [chair, bench]],
    [{ category, subCategory: ['Chairs', 'Stools'] }, [stool, chair, bench]],
    [{ category, inStock: 'true' }, [chair, bench]],
    [{ category, inStock: 'false' }, [stool]],
    [{ category, priceMin: '200' }, [stool, chair]],
    [{ category, priceMax: '200' }, [stool, bench]],
    [{ category, priceMin: '101', priceMax: '299' }, [stool]],
    [{ category, q: '' }, [stool, chair, bench]],
  ])('filters by %j', async (query, expected) => {
    expect(await found(query)).toEqual(skus(...expected));
  });

  it.each([
    ['name:asc', [stool, chair, bench]],
    ['price:asc', [bench, stool, chair]],
    ['price:desc', [chair, stool, bench]],
  ])('sorts by %s', async (sort, expected) => {
    expect(await found({ category, sort })).toEqual(skus(...expected));
  });

  it('counts in each facet the products that the other filters let pass', async () => {
    const { facets, total } = await search({ category, subCategory: 'Chairs', inStock: 'true' });
    expect(total).toBe(2);
    expect(facets?.category).toEqual([{ value: category, products: 2 }]);
    expect(facets?.subCategory).toEqual([{ value: 'Chairs', products: 2 }]);
    expect(facets?.inStock).toEqual([{ value: 'true', products: 2 }]);
    const free = await search({ category });
    expect(free.facets?.subCategory).toEqual([
      { value: 'Chairs', products: 2 },
      { value: 'Stools', products: 1 },
    ]);
    expect(free.facets?.inStock).toEqual([
      { value: 'true', products: 2 },
      { value: 'false', products: 1 },
    ]);
  });

  it.each(['name:asc', 'price:asc', 'price:desc', 'createdAt:desc'])(
    'gives each product once over the pages, by %s',
    async (sort) => {
      const pages: ProductSearchResult[] = [await search({ category, sort, limit: '1' })];
      for (let page = 1; page < 3; page += 1)
        pages.push(await search({ category, sort, limit: '1', nextToken: pages.at(-1)?.nextToken ?? '' }));
      expect(pages.flatMap(({ hits }) => hits.map(({ sku }) => sku))).toEqual(
        await found({ category, sort }),
      );
      expect(pages.at(-1)).not.toHaveProperty('nextToken');
      expect(pages[1]).not.toHaveProperty('facets');
    },
  );

  it('has a token for its own query and caller alone', async () => {
    const { nextToken = '' } = await search({ category, limit: '1' });
    const statusOf = async (query: Query, sub = caller.sub) =>
      (await api.searchProducts({ query: { ...query, nextToken }, caller: { sub } })).status;
    expect(await statusOf({ category, limit: '2' })).toBe(200);
    expect(await statusOf({ category: other })).toBe(400);
    expect(await statusOf({ category, limit: '1' }, 'another')).toBe(400);
  });

  it('is refused with a range that ends before it starts', async () => {
    const answer = await api.searchProducts({ query: { priceMin: '2', priceMax: '1' }, caller });
    expect(problemIn(answer)).toMatchObject({ status: 400, errors: [{ field: 'priceMin' }] });
  });
});
