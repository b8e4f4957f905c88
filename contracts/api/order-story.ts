import * as z from 'zod';
import { NotificationType } from '../events/order-notification.ts';
import { Instant, Sku, Version } from '../ids.ts';
import { OrderStatus } from '../items/order-status.ts';
import { ReservationState } from '../items/reservation.ts';
import { OrderView } from './orders.ts';

/** One version of an order, and what subscribers were told of it. */
export const StoryVersion = z.object({
  version: Version,
  at: Instant,
  /** Absent where this version removed the order. */
  status: OrderStatus.optional(),
  /** Absent where subscribers need not know of it. */
  notification: z.object({ id: z.string(), type: NotificationType }).optional(),
  /** Whether order-events has counted it; what it has not counted it may not have announced either. */
  isCounted: z.boolean(),
});
export type StoryVersion = z.infer<typeof StoryVersion>;

/** What the search index holds of an order; `unknown` while OpenSearch does not answer. */
export const StoryDocument = z.discriminatedUnion('state', [
  z.object({
    state: z.literal('indexed'),
    version: z.int().positive(),
    source: z.record(z.string(), z.unknown()),
  }),
  z.object({ state: z.literal('absent') }),
  z.object({ state: z.literal('unknown') }),
]);
export type StoryDocument = z.infer<typeof StoryDocument>;

/** `GET /ops/orders/{userId}/{orderId}/story`: everything that the system holds of an order. */
export const OrderStory = z.object({
  /** Absent once it was removed. */
  order: OrderView.optional(),
  /** The oldest first. Of an order with many versions the last ones; none from before they were kept. */
  versions: z.array(StoryVersion),
  reservation: z
    .object({
      state: ReservationState,
      orderVersion: Version,
      updatedAt: Instant,
      lines: z.array(z.object({ sku: Sku, quantity: z.int() })),
    })
    .optional(),
  document: StoryDocument,
});
export type OrderStory = z.infer<typeof OrderStory>;
