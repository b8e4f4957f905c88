import * as z from 'zod';

/** A query that may ask for strong consistency, which costs twice the read. */
export const ConsistencyQuery = z.object({
  consistent: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true'),
});
