import type { Logger } from '@aws-lambda-powertools/logger';
import * as z from 'zod';
import {
  ProductHit,
  type ProductSearchResult,
  type ProductSort,
  type SearchProductsQuery,
} from '../../../contracts/api/search.ts';
import { KeptItems } from '../../paging/read-page.ts';
import { codeHighlights, wordHighlights } from './highlights.ts';
import { type FacetCount, type SearchDeps, searchPage } from './search-page.ts';
import { anyOf, byKeyword, byNumber, rangeFilters, type TextSearch } from './search-request.ts';
import type { SearchedFields } from './text-query.ts';

/** What products are searched by. */
export const PRODUCT_FIELDS: SearchedFields = {
  words: [
    { field: 'name', bonus: 3 },
    { field: 'category.words', bonus: 1 },
    { field: 'subCategory.words', bonus: 1 },
  ],
};

const SOURCE = ['sku', 'name', 'category', 'subCategory', 'unitPrice', 'currency', 'inStock'];
const MARKED = PRODUCT_FIELDS.words.map(({ field }) => field);

const BY_SKU = byKeyword('sku', 'asc');
/** Each ends with the sku, so that no two products have the same place. */
export const PRODUCT_SORTS: Readonly<Record<ProductSort, readonly unknown[]>> = {
  relevance: ['_score', byKeyword('name.keyword', 'asc'), BY_SKU],
  'name:asc': [byKeyword('name.keyword', 'asc'), BY_SKU],
  'price:asc': [byNumber('unitPrice', 'asc'), BY_SKU],
  'price:desc': [byNumber('unitPrice', 'desc'), BY_SKU],
  'createdAt:desc': [byNumber('createdAt', 'desc'), BY_SKU],
};

/** The query without the token of the page. */
export type ProductsWanted = Omit<SearchProductsQuery, 'nextToken'>;

/** What a query for products searches for. @throws InvalidRequestError for a range that ends before it starts. */
export const productSearch = (wanted: ProductsWanted): TextSearch => {
  const { q, category, subCategory, priceMin, priceMax, inStock, sort, limit } = wanted;
  return {
    index: 'products',
    source: SOURCE,
    q,
    fields: PRODUCT_FIELDS,
    marked: MARKED,
    visible: [],
    filters: {
      category: anyOf('category', category),
      subCategory: anyOf('subCategory', subCategory),
      ...rangeFilters('unitPrice', { start: priceMin, end: priceMax, names: ['priceMin', 'priceMax'] }),
      inStock: inStock === undefined ? [] : [{ term: { inStock } }],
    },
    facets: { category: 'category', subCategory: 'subCategory', inStock: 'inStock' },
    sort: PRODUCT_SORTS[sort ?? (q === undefined ? 'name:asc' : 'relevance')],
    limit,
  };
};

/**
 * Finds a page of products. Following the tokens returns each product once, unless its name or price, by which the hits are sorted,
 * changes meanwhile.
 *
 * @throws InvalidRequestError for a range that ends before it starts; InvalidPageTokenError; SearchTimedOutError;
 * SearchUnavailableError when OpenSearch does not return hits.
 */
export async function searchProducts(
  deps: SearchDeps,
  { caller, nextToken, ...wanted }: SearchProductsQuery & { readonly caller: string },
): Promise<ProductSearchResult> {
  const scope = { operation: 'searchProducts', query: wanted, caller };
  const { found, facets, members } = await searchPage(deps, { scope, nextToken }, productSearch(wanted));
  const countsOf = (name: string) => facets?.[name]?.map(ofProducts) ?? [];
  return {
    hits: productHits(found, wanted.q, deps.logger),
    ...members,
    ...(facets && {
      facets: {
        category: countsOf('category'),
        subCategory: countsOf('subCategory'),
        inStock: countsOf('inStock'),
      },
    }),
  };
}

const ofProducts = ({ value, count }: FacetCount) => ({ value, products: count });

const FoundProduct = z.object({
  _source: ProductHit.omit({ highlights: true }),
  highlight: z.record(z.string(), z.array(z.string())).optional(),
});

/** The products of a response. One whose document violates its contract, such as one of an older release, is left out with a warning. */
export function productHits(
  found: readonly unknown[],
  q: string | undefined,
  logger: Pick<Logger, 'warn'>,
): ProductHit[] {
  const kept = new KeptItems(FoundProduct);
  const products = kept.ofValues(found);
  kept.warn(logger, 'Documents of products');
  return products.map(({ _source, highlight = {} }) => ({
    ..._source,
    highlights: [...codeHighlights(q, [{ field: 'sku', value: _source.sku }]), ...wordHighlights(highlight)],
  }));
}
