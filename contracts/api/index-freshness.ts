import * as z from 'zod';
import { Instant } from '../ids.ts';

/** How far the search index is behind the table, as the heartbeats tell that come through the stream every minute. */
export const IndexFreshness = z.object({
  /** Seconds from a write until it is found, rounded up; of an index that has stopped, how long it has been overdue. */
  behindSeconds: z.int().nonnegative(),
  /** When the oldest of the heartbeats was written that are in the index: what was written before is in it as well. */
  measuredAt: Instant,
});
export type IndexFreshness = z.infer<typeof IndexFreshness>;

/** The member of every answer to a search that tells the freshness; absent while nobody can tell. */
export const indexMember = { index: IndexFreshness.optional() };
