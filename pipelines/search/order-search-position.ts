import * as z from 'zod';
import { OrderId } from '../../contracts/ids.ts';

/** A hit's values of what is sorted by. */
export const SortValues = z.array(z.union([z.number(), z.string()])).max(3);
export type SortValues = z.infer<typeof SortValues>;

/**
 * Where a page of a search begins. The first page is of the index as it is; the second one opens a point in time, and all that
 * follow are of it. So nobody who looks at the first page alone, as while typing, costs the cluster one of the few
 * points in time that it keeps.
 */
export const OrderSearchPosition = z.object({
  pointInTime: z.string().optional(),
  /** The hit behind which the page begins. */
  after: SortValues.optional(),
  /**
   * What the first page has shown. By relevance, the place of a hit in the point in time may be another than it was then: the
   * list begins anew there, without these. An order's date and total never change, and need none of this.
   */
  shown: z.array(OrderId),
});
export type OrderSearchPosition = z.infer<typeof OrderSearchPosition>;
