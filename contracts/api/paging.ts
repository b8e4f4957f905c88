import * as z from 'zod';

/** The most items of a page. */
export const PAGE_LIMIT_MAX = 100;
const PAGE_LIMIT_DEFAULT = 20;

/** A whole number in a query, written in digits alone. */
export const queryInteger = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.int().min(min).max(max));

/** The parameters of the query of every list. */
export const pageQuery = {
  /** The most items of the page. */
  limit: queryInteger(1, PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
  /** The `nextToken` of the page before; the first page without it. */
  nextToken: z.string().min(1).optional(),
};

/** What every page has besides its items: the token of the next one, absent on the last. */
export const nextPage = { nextToken: z.string().optional() };
