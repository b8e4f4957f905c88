import { describe, expect, it } from 'vitest';
import { SearchProductsQuery, SearchUsersQuery, SuggestQuery } from '../../../contracts/api/search.ts';
import { InvalidRequestError } from '../../../pipelines/request-errors.ts';
import { productSearch } from '../../../pipelines/search/query/search-products.ts';
import { emptySearch, searchRequest } from '../../../pipelines/search/query/search-request.ts';
import { userSearch } from '../../../pipelines/search/query/search-users.ts';
import { suggestRequests } from '../../../pipelines/search/query/suggest.ts';

const products = (query: Readonly<Record<string, unknown>>) =>
  productSearch(SearchProductsQuery.parse(query));
const first = { spelling: 'exact' } as const;
const chosen = { category: ['Chairs'], inStock: 'true', priceMin: '5' };

describe('the request for a page', () => {
  it('filters by facets after they are counted, and by everything else before', () => {
    const { body } = searchRequest(products(chosen), first);
    expect(body).toMatchObject({
      query: { bool: { filter: [{ range: { unitPrice: { gte: 5 } } }] } },
      post_filter: { bool: { filter: [{ terms: { category: ['Chairs'] } }, { term: { inStock: true } }] } },
    });
  });

  it('counts in a facet what the other facets let pass', () => {
    const { body } = searchRequest(products(chosen), first);
    expect(body).toMatchObject({
      aggs: {
        category: { filter: { bool: { filter: [{ term: { inStock: true } }] } } },
        inStock: { filter: { bool: { filter: [{ terms: { category: ['Chairs'] } }] } } },
      },
    });
  });

  it('asks for one hit more than the page holds, and after the first page for no number and no facet', () => {
    const position = { after: ['oak chair', 'FUR-1'] };
    const { body } = searchRequest(products({ limit: '7' }), { ...first, position });
    expect(body).toMatchObject({ size: 8, track_total_hits: false, search_after: position.after });
    expect(body).not.toHaveProperty('aggs');
  });

  it.each(['relevance', 'name:asc', 'price:asc', 'price:desc', 'createdAt:desc'])(
    'sorts by %s, and products of one place by their sku',
    (sort) => {
      expect(products({ sort }).sort.at(-1)).toHaveProperty('sku');
    },
  );

  it.each(['relevance', 'name:asc', 'createdAt:desc'])('sorts by %s, and users by their id', (sort) => {
    expect(userSearch(SearchUsersQuery.parse({ sort })).sort.at(-1)).toHaveProperty('userId');
  });

  it('is refused for a range that ends before it starts', () => {
    expect(() => products({ priceMin: '2', priceMax: '1' })).toThrow(InvalidRequestError);
  });
});

describe('an empty search', () => {
  it('names the filters that were asked for, and has the query without each', () => {
    const { filters, queryWithout } = emptySearch(products(chosen), 'exact');
    expect(filters).toEqual(['category', 'priceMin', 'inStock']);
    expect(JSON.stringify(queryWithout(undefined, ['category']))).not.toContain('Chairs');
    expect(queryWithout(undefined, ['category'])).toMatchObject({
      bool: { filter: [{ range: { unitPrice: { gte: 5 } } }, { term: { inStock: true } }] },
    });
  });
});

describe('the requests for suggestions', () => {
  const requests = (q: string, withUsers = false) =>
    suggestRequests({ ...SuggestQuery.parse({ q }), visible: { ofUser: 'u-1' }, withUsers });

  it('have the filter by the owner on orders', () => {
    expect(requests('01KJMSY7').order?.body).toMatchObject({
      query: { bool: { filter: expect.arrayContaining([{ term: { userId: 'u-1' } }]) } },
    });
  });

  it('are none for orders below five characters, and none for users unless they may be seen', () => {
    expect(requests('01K-J')).toMatchObject({ order: undefined, user: undefined });
    expect(requests('01K-JM', true)).toMatchObject({ order: { method: 'POST' }, user: { method: 'POST' } });
  });
});
