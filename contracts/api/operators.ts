import * as z from 'zod';
import { Instant } from '../ids.ts';
import { deadLetterOperations } from './dead-letters.ts';
import type { Operation } from './operation.ts';
import { activityOperations, statusOperations } from './status.ts';
import { timelineOperations } from './timeline.ts';

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
export const ThroughputSeries = z.object({
  consumer: z.string(),
  eventType: z.string(),
  perSecond: z.array(z.number().nonnegative()),
});
export type ThroughputSeries = z.infer<typeof ThroughputSeries>;

/** `GET /ops/throughput`: the records that each consumer handles in a second, and the lag. */
export const Throughput = z.object({
  lags: z.array(MappingLag),
  /** When the first period began; all series have the same periods. */
  from: Instant,
  periodSeconds: z.int().positive(),
  series: z.array(ThroughputSeries),
});
export type Throughput = z.infer<typeof Throughput>;

export const operatorOperations = [
  ...statusOperations,
  ...timelineOperations,
  {
    id: 'getThroughput',
    method: 'GET',
    path: '/ops/throughput',
    summary: 'Shows the records a second and the lag of each consumer',
    access: 'scoped',
    scopes: ['ops:read'],
    success: { status: 200, description: 'The throughput', body: Throughput },
  },
  ...deadLetterOperations,
  ...activityOperations,
] as const satisfies readonly Operation[];
