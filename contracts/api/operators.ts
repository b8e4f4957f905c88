import * as z from 'zod';
import { ReservationState } from '../entities/reservation.ts';
import { NotificationType } from '../events/order-notification.ts';
import { Instant, OrderId, Sku, UserId, Version } from '../ids.ts';
import { OrderStatus } from '../order-status.ts';
import { deadLetterOperations } from './dead-letters.ts';
import type { Operation } from './operation.ts';
import { OrderView } from './orders.ts';
import { activityOperations } from './status.ts';

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

/** One version of an order, and the notification that subscribers got of it. */
export const TimelineVersion = z.object({
  version: Version,
  at: Instant,
  /** Absent where this version removed the order. */
  status: OrderStatus.optional(),
  /** Absent where subscribers need not know of it. */
  notification: z.object({ id: z.string(), type: NotificationType }).optional(),
  /** Whether order-events has counted it; what it has not counted it may not have announced either. */
  isCounted: z.boolean(),
});
export type TimelineVersion = z.infer<typeof TimelineVersion>;

/** What the search index holds of an order; `unknown` while OpenSearch does not respond. */
export const TimelineDocument = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('indexed'),
    version: z.int().positive(),
    source: z.record(z.string(), z.unknown()),
  }),
  z.object({ state: z.literal('absent') }),
  z.object({ state: z.literal('unknown') }),
]);
export type TimelineDocument = z.infer<typeof TimelineDocument>;

/** `GET /ops/orders/{userId}/{orderId}/timeline`: everything that the system holds of an order. */
export const OrderTimeline = z.object({
  /** Absent once it was removed. */
  order: OrderView.optional(),
  /** The oldest first. Of an order with many versions the last ones; none from before they were kept. */
  versions: z.array(TimelineVersion),
  reservation: z
    .object({
      state: ReservationState,
      orderVersion: Version,
      updatedAt: Instant,
      lines: z.array(z.object({ sku: Sku, quantity: z.int() })),
    })
    .optional(),
  document: TimelineDocument,
});
export type OrderTimeline = z.infer<typeof OrderTimeline>;

const orderPath = z.object({ userId: UserId, orderId: OrderId });

export const operatorOperations = [
  {
    id: 'getOrderTimeline',
    method: 'GET',
    path: '/ops/orders/{userId}/{orderId}/timeline',
    summary: 'Shows the versions, notifications, reservation and document of an order',
    access: 'operatorOnly',
    parameters: { path: orderPath },
    success: { status: 200, description: 'The timeline of the order', body: OrderTimeline },
    refusals: [404],
  },
  {
    id: 'getThroughput',
    method: 'GET',
    path: '/ops/throughput',
    summary: 'Shows the records a second and the lag of each consumer',
    access: 'operatorOnly',
    success: { status: 200, description: 'The throughput', body: Throughput },
  },
  ...deadLetterOperations,
  ...activityOperations,
] as const satisfies readonly Operation[];
