import * as z from 'zod';
import { Instant, OrderId, UserId, Version } from '../ids.ts';
import { OrderStatus } from '../items/order-status.ts';
import { Currency, MinorUnits } from '../money.ts';
import { line } from '../text.ts';
import { indexMember } from './index-freshness.ts';
import { queryInteger } from './paging.ts';

const TEXT_CHARACTERS_MAX = 200;
const CATEGORY_CHARACTERS_MAX = 100;
const HITS_MAX = 100;
const HITS_DEFAULT = 20;

/** `GET /search/orders`. Without `q` the newest orders; a hit has all words of `q`, of which the last may be a beginning. */
export const SearchOrdersQuery = z.object({
  q: line(TEXT_CHARACTERS_MAX).optional(),
  status: OrderStatus.optional(),
  category: line(CATEGORY_CHARACTERS_MAX).optional(),
  userId: UserId.optional(),
  /** The most hits. */
  limit: queryInteger(1, HITS_MAX).default(HITS_DEFAULT),
});
export type SearchOrdersQuery = z.infer<typeof SearchOrdersQuery>;

/** A piece of a field's text; `isHit` where it is what was searched for. */
export const TextPart = z.object({ text: z.string(), isHit: z.boolean() });
export type TextPart = z.infer<typeof TextPart>;

/** A field in which a hit was found: its text around it, in pieces. */
export const Highlight = z.object({ field: z.string(), parts: z.array(TextPart) });
export type Highlight = z.infer<typeof Highlight>;

/** An order that was found. Personal data only where the query met it. */
export const OrderHit = z.object({
  orderId: OrderId,
  userId: UserId,
  status: OrderStatus,
  total: MinorUnits,
  currency: Currency,
  units: z.int().nonnegative(),
  createdAt: Instant,
  version: Version,
  highlights: z.array(Highlight),
});
export type OrderHit = z.infer<typeof OrderHit>;

/** A value that orders have and how many of those that were found do. */
export const FacetValue = z.object({ value: z.string(), orders: z.int().nonnegative() });
export type FacetValue = z.infer<typeof FacetValue>;

/** What a search found. */
export const OrderSearchResult = z.object({
  hits: z.array(OrderHit),
  total: z.int().nonnegative(),
  /** Whether there are exactly `total`, and not more. */
  isTotalExact: z.boolean(),
  /** Whether all of the index was searched in the time that there was. */
  isComplete: z.boolean(),
  /** Each counts the orders that the other filters let pass. */
  facets: z.object({ status: z.array(FacetValue), category: z.array(FacetValue) }),
  ...indexMember,
});
export type OrderSearchResult = z.infer<typeof OrderSearchResult>;
