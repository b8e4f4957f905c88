import * as z from 'zod';
import { Instant } from '../ids.ts';

/** How far behind a mapping is; of one shard where that is known. */
export const MappingLag = z.object({
  mapping: z.string(),
  shardId: z.string().optional(),
  state: z.string().optional(),
  recordsWaiting: z.int().nonnegative().optional(),
  /** Absent where nothing was read within the last minutes. */
  secondsBehind: z.int().nonnegative().optional(),
  retries: z.int().nonnegative().optional(),
});
export type MappingLag = z.infer<typeof MappingLag>;

/** How many records of one type a consumer handled in each period: records a second. */
export const FlowSeries = z.object({
  consumer: z.string(),
  eventType: z.string(),
  perSecond: z.array(z.number().nonnegative()),
});
export type FlowSeries = z.infer<typeof FlowSeries>;

/** `GET /ops/flow`: what flows through the stream's consumers. */
export const FlowView = z.object({
  lags: z.array(MappingLag),
  /** When the first period began; all series have the same periods. */
  from: Instant,
  periodSeconds: z.int().positive(),
  series: z.array(FlowSeries),
});
export type FlowView = z.infer<typeof FlowView>;
