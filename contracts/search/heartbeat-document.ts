import * as z from 'zod';
import { Instant } from '../ids.ts';

/** A heartbeat as the index holds it: when it was written to the table, and when to the index. */
export const HeartbeatDocument = z.object({ writtenAt: Instant, indexedAt: Instant });
export type HeartbeatDocument = z.infer<typeof HeartbeatDocument>;
