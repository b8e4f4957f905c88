import * as z from 'zod';
import { userProfile } from '../entities/user.ts';
import { Day, Instant, OrderId, Sku, UserId, Version } from '../ids.ts';
import { Currency, MINOR_UNITS_MAX, MinorUnits } from '../money.ts';
import { OrderStatus } from '../order-status.ts';
import { COMPARED_FORM, line, lineOrNone } from '../text.ts';
import type { Operation } from './operation.ts';
import { DayOrInstant } from './orders.ts';
import { nextPage, pageQuery, queryInteger } from './parameters.ts';
import { READS_ORDERS } from './scopes.ts';

/** How far the search index is behind the table, measured by the heartbeats that come through the stream every minute. */
export const IndexLag = z.object({
  /** Seconds from a write until it is found, rounded up; of an index that has stopped, how long it has been overdue. */
  lagSeconds: z.int().nonnegative(),
  /** When the oldest of the heartbeats was written that are in the index: what was written before is in it as well. */
  measuredAt: Instant,
});
export type IndexLag = z.infer<typeof IndexLag>;

/** The member of every search response that reports the index lag; absent while it is unknown. */
const indexMember = { index: IndexLag.optional() };

/** The most characters of the words of a search. */
export const TEXT_CHARACTERS_MAX = 128;
const CATEGORY_CHARACTERS_MAX = 100;
const FILTER_VALUES_MAX = 20;
/** The most values of a facet, the most frequent ones. */
export const FACET_VALUES_MAX = 20;
const HITS_MAX = 50;
const HITS_DEFAULT = 20;
const EXPLANATION_LINES_MAX = 40;

/** How what is found is sorted: by how well it fits the text, when it was placed, or its total. */
export const OrderSort = z.enum(['relevance', 'createdAt:desc', 'createdAt:asc', 'total:desc', 'total:asc']);
export type OrderSort = z.infer<typeof OrderSort>;

/** The values of a filter whose parameter may be repeated. An order passes that has one of them. */
const anyOf = <Value extends z.ZodType<string>>(value: Value) =>
  z
    .array(value)
    .min(1)
    .max(FILTER_VALUES_MAX)
    // The same filter, and so the same page token, in any order of the values.
    .overwrite((values) => [...new Set(values)].toSorted());

/** The words of a search. Blanks alone are as good as none. */
const searchText = () =>
  lineOrNone(TEXT_CHARACTERS_MAX)
    .normalize(COMPARED_FORM)
    .transform((text) => (text.trim() === '' ? undefined : text))
    .optional();

const hitsQuery = {
  /** The most hits of the page. */
  limit: queryInteger(1, HITS_MAX).default(HITS_DEFAULT),
  nextToken: pageQuery.nextToken,
};

/** `GET /search/orders`. All filters hold at once, and all words of `q`. */
export const SearchOrdersQuery = z.object({
  /**
   * Words of products, names, addresses or ids; the last one may be a beginning. Typos are forgiven in words of five characters or more,
   * and only where nothing is found otherwise.
   */
  q: searchText(),
  status: anyOf(OrderStatus).optional(),
  /** The category of one of the lines. */
  category: anyOf(line(CATEGORY_CHARACTERS_MAX).normalize(COMPARED_FORM)).optional(),
  /** A user may name only themselves, and without it finds only their own orders. */
  userId: UserId.optional(),
  /** The first day or instant on which an order was placed. */
  from: DayOrInstant.optional(),
  /** The last one: a day counts to its end. */
  to: DayOrInstant.optional(),
  /** The lowest total, in minor units of any currency. */
  totalMin: queryInteger(0, MINOR_UNITS_MAX).optional(),
  /** The highest one. */
  totalMax: queryInteger(0, MINOR_UNITS_MAX).optional(),
  /** By relevance where there is a `q`, else the newest first. */
  sort: OrderSort.optional(),
  ...hitsQuery,
  /** Whether to explain the score of each hit; for staff and operators. */
  explain: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
export type SearchOrdersQuery = z.infer<typeof SearchOrdersQuery>;

/** A piece of a field's text; `isHit` where it is what was searched for. */
export const TextPart = z.object({ text: z.string(), isHit: z.boolean() });
export type TextPart = z.infer<typeof TextPart>;

/** A field in which a hit was found: its text around it, in pieces. */
export const Highlight = z.object({ field: z.string(), parts: z.array(TextPart) });
export type Highlight = z.infer<typeof Highlight>;

/** A line of the tree that explains a score: what of it comes from where. Those below it have a greater depth. */
export const ExplanationLine = z.object({
  depth: z.int().nonnegative(),
  value: z.number(),
  description: z.string(),
});
export type ExplanationLine = z.infer<typeof ExplanationLine>;

/** An order that was found. Personal data: the addressee's name, and where the query met more. */
export const OrderHit = z.object({
  orderId: OrderId,
  userId: UserId,
  status: OrderStatus,
  total: MinorUnits,
  currency: Currency,
  units: z.int().nonnegative(),
  /** To whom the order goes. */
  shipToName: z.string(),
  /** The name of its first line's product, and how many lines it has. */
  firstProduct: z.string(),
  lineCount: z.int().positive(),
  createdAt: Instant,
  version: Version,
  highlights: z.array(Highlight),
  /** With `explain`: the upper part of the tree. */
  explanation: z.array(ExplanationLine).max(EXPLANATION_LINES_MAX).optional(),
});
export type OrderHit = z.infer<typeof OrderHit>;

/** A value that orders have and how many of those that were found do. */
export const FacetValue = z.object({ value: z.string(), orders: z.int().nonnegative() });
export type FacetValue = z.infer<typeof FacetValue>;

/** Each facet counts the orders that the other filters let pass. */
export const OrderFacets = z.object({ status: z.array(FacetValue), category: z.array(FacetValue) });
export type OrderFacets = z.infer<typeof OrderFacets>;

/** What to try where nothing is found. */
export const EmptySearchHelp = z.object({
  /** The text with its words as they are spelled in the index, which finds something. */
  didYouMean: z.string().optional(),
  /** Filters without which, each alone, something is found, by the names of their parameters, and how much. The most come first. */
  withoutFilter: z.array(z.object({ parameter: z.string(), total: z.int().positive() })),
});
export type EmptySearchHelp = z.infer<typeof EmptySearchHelp>;

/** The members of each page that a search found. Number and help stand on the first page alone. */
const searchPage = {
  total: z.int().nonnegative().optional(),
  /** Whether there are exactly `total`, and not more. */
  isTotalExact: z.boolean().optional(),
  /** Present where nothing matches the words as they are spelled, so that the hits match similar words. */
  matches: z.literal('similar-words').optional(),
  help: EmptySearchHelp.optional(),
  ...nextPage,
  ...indexMember,
};

/** A page of what a search found. Its facets stand on the first page alone. */
export const OrderSearchResult = z.object({
  hits: z.array(OrderHit).max(HITS_MAX),
  facets: OrderFacets.optional(),
  ...searchPage,
});
export type OrderSearchResult = z.infer<typeof OrderSearchResult>;

/** How products are sorted. Prices of different currencies are compared as numbers. */
export const ProductSort = z.enum(['relevance', 'name:asc', 'price:asc', 'price:desc', 'createdAt:desc']);
export type ProductSort = z.infer<typeof ProductSort>;

/** `GET /search/products`. */
export const SearchProductsQuery = z.object({
  /** Words of the name or the category, or a sku. */
  q: searchText(),
  category: anyOf(line(CATEGORY_CHARACTERS_MAX).normalize(COMPARED_FORM)).optional(),
  subCategory: anyOf(line(CATEGORY_CHARACTERS_MAX).normalize(COMPARED_FORM)).optional(),
  /** The lowest price, in minor units of any currency, and the highest one. */
  priceMin: queryInteger(0, MINOR_UNITS_MAX).optional(),
  priceMax: queryInteger(0, MINOR_UNITS_MAX).optional(),
  /** `true`: only what can be ordered; `false`: only what is sold out. */
  inStock: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  /** By relevance where there is a `q`, else by name. */
  sort: ProductSort.optional(),
  ...hitsQuery,
});
export type SearchProductsQuery = z.infer<typeof SearchProductsQuery>;

/** A product that was found. */
export const ProductHit = z.object({
  sku: Sku,
  name: z.string(),
  category: z.string(),
  subCategory: z.string().optional(),
  unitPrice: MinorUnits,
  currency: Currency,
  inStock: z.boolean(),
  highlights: z.array(Highlight),
});
export type ProductHit = z.infer<typeof ProductHit>;

/** A value that products have and how many of those that were found do. */
export const ProductFacetValue = z.object({ value: z.string(), products: z.int().nonnegative() });
export type ProductFacetValue = z.infer<typeof ProductFacetValue>;

/** A page of products. Each facet counts the products that the other filters let pass, on the first page alone. */
export const ProductSearchResult = z.object({
  hits: z.array(ProductHit).max(HITS_MAX),
  facets: z
    .object({
      category: z.array(ProductFacetValue),
      subCategory: z.array(ProductFacetValue),
      /** `true` and `false`. */
      inStock: z.array(ProductFacetValue),
    })
    .optional(),
  ...searchPage,
});
export type ProductSearchResult = z.infer<typeof ProductSearchResult>;

/** How users are sorted. */
export const UserSort = z.enum(['relevance', 'name:asc', 'createdAt:desc']);
export type UserSort = z.infer<typeof UserSort>;

/** `GET /search/users`. */
export const SearchUsersQuery = z.object({
  /** Words of the name, the segment, or an id. */
  q: searchText(),
  /** A complete address. The index holds a keyed hash of it alone. */
  email: userProfile.email.optional(),
  segment: anyOf(line(CATEGORY_CHARACTERS_MAX).normalize(COMPARED_FORM)).optional(),
  /** By relevance where there is a `q`, else by name. */
  sort: UserSort.optional(),
  ...hitsQuery,
});
export type SearchUsersQuery = z.infer<typeof SearchUsersQuery>;

/** A user who was found. */
export const UserHit = z.object({
  userId: UserId,
  name: z.string(),
  segment: z.string().optional(),
  createdAt: Instant,
  highlights: z.array(Highlight),
});
export type UserHit = z.infer<typeof UserHit>;

/** A page of users. */
export const UserSearchResult = z.object({ hits: z.array(UserHit).max(HITS_MAX), ...searchPage });
export type UserSearchResult = z.infer<typeof UserSearchResult>;

const SUGGESTIONS_MAX = 10;

/** `GET /search/suggest`. */
export const SuggestQuery = z.object({
  /** What was typed so far. */
  q: line(TEXT_CHARACTERS_MAX).normalize(COMPARED_FORM),
  limit: queryInteger(1, SUGGESTIONS_MAX).default(SUGGESTIONS_MAX),
});
export type SuggestQuery = z.infer<typeof SuggestQuery>;

/** A completion: a product, an order by an id that begins or ends so, or, for staff and operators, a user. */
export const Suggestion = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('product'), text: z.string(), sku: Sku }),
  z.object({ kind: z.literal('order'), text: z.string(), orderId: OrderId, userId: UserId }),
  z.object({ kind: z.literal('user'), text: z.string(), userId: UserId }),
]);
export type Suggestion = z.infer<typeof Suggestion>;

/** The completions of a text, the best first. */
export const SuggestResult = z.object({
  suggestions: z.array(Suggestion).max(SUGGESTIONS_MAX),
  ...indexMember,
});
export type SuggestResult = z.infer<typeof SuggestResult>;

/** What orders are put together by. */
export const AnalyticsGrouping = z.enum(['day', 'category', 'region']);
export type AnalyticsGrouping = z.infer<typeof AnalyticsGrouping>;

const DayOfSpan = Day.refine((day) => Date.parse(day) >= 0, 'must not be before 1970');

/** `GET /search/analytics`. Both days belong to the span, which is 366 days long at most; without them it is the last 30 days. */
export const SearchAnalyticsQuery = z.object({
  from: DayOfSpan.optional(),
  to: DayOfSpan.optional(),
  by: AnalyticsGrouping.default('day'),
});
export type SearchAnalyticsQuery = z.infer<typeof SearchAnalyticsQuery>;

/** Money of one currency, in its minor unit. Amounts of different currencies are never added. */
export const Revenue = z.object({ currency: Currency, amount: z.int().nonnegative() });
export type Revenue = z.infer<typeof Revenue>;

const figures = {
  orders: z.int().nonnegative(),
  units: z.int().nonnegative(),
  revenue: z.array(Revenue),
};

/** The figures of the orders that are of one status now. */
export const StatusFigures = z.object({ status: OrderStatus, ...figures });
export type StatusFigures = z.infer<typeof StatusFigures>;

/** The figures of orders that are sold, neither cancelled nor rejected; and of each status that occurs, those two as well. */
export const OrderFigures = z.object({ ...figures, byStatus: z.array(StatusFigures) });
export type OrderFigures = z.infer<typeof OrderFigures>;

/** The figures of one day, category or region. */
export const AnalyticsBucket = z.object({
  /** Absent for orders that name no region. */
  key: z.string().optional(),
  ...OrderFigures.shape,
});
export type AnalyticsBucket = z.infer<typeof AnalyticsBucket>;

/**
 * Orders, units and revenue of a span of days. An order belongs to the UTC day on which it was placed, and to each category
 * that one of its lines is of, with the units and amounts of those lines. So orders by category can be more than in total.
 */
export const SearchAnalyticsResult = z.object({
  from: Day,
  to: Day,
  by: AnalyticsGrouping,
  totals: OrderFigures,
  /** In the order of their keys; none where there is no order. */
  buckets: z.array(AnalyticsBucket),
  ...indexMember,
});
export type SearchAnalyticsResult = z.infer<typeof SearchAnalyticsResult>;

export const searchOperations = [
  {
    id: 'searchOrders',
    method: 'GET',
    path: '/search/orders',
    summary: 'Finds orders by text and filters, with facets and highlights',
    access: 'scoped',
    scopes: ['shop', ...READS_ORDERS],
    parameters: { query: SearchOrdersQuery },
    success: { status: 200, description: 'The orders that were found', body: OrderSearchResult },
  },
  {
    id: 'searchProducts',
    method: 'GET',
    path: '/search/products',
    summary: 'Finds products by text, category, price and stock, with facets and highlights',
    access: 'authenticated',
    parameters: { query: SearchProductsQuery },
    success: { status: 200, description: 'The products that were found', body: ProductSearchResult },
  },
  {
    id: 'searchUsers',
    method: 'GET',
    path: '/search/users',
    summary: 'Finds users by name, segment, id or a complete e-mail address',
    access: 'scoped',
    scopes: ['ops:read'],
    parameters: { query: SearchUsersQuery },
    success: { status: 200, description: 'The users who were found', body: UserSearchResult },
  },
  {
    id: 'suggest',
    method: 'GET',
    path: '/search/suggest',
    summary: 'Completes a text to products, ids of orders and, for who reads all orders, users',
    access: 'scoped',
    scopes: ['shop', ...READS_ORDERS],
    parameters: { query: SuggestQuery },
    success: { status: 200, description: 'The completions', body: SuggestResult },
  },
  {
    id: 'searchAnalytics',
    method: 'GET',
    path: '/search/analytics',
    summary: 'Counts orders, units and revenue by day, category or region',
    access: 'scoped',
    scopes: READS_ORDERS,
    parameters: { query: SearchAnalyticsQuery },
    success: { status: 200, description: 'The figures of the span', body: SearchAnalyticsResult },
  },
] as const satisfies readonly Operation[];
