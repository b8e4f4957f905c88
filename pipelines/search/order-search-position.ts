import * as z from 'zod';

/** A hit's values of what is sorted by. */
export const SortValues = z.array(z.union([z.number(), z.string()])).max(3);
export type SortValues = z.infer<typeof SortValues>;

/**
 * Where a page of a search begins: behind the hit with these values. They follow from the order itself, and for relevance from the
 * text too, so they lead on in the index as it is, and nothing is kept in the cluster for whoever pages.
 */
export const OrderSearchPosition = z.strictObject({ after: SortValues });
export type OrderSearchPosition = z.infer<typeof OrderSearchPosition>;
