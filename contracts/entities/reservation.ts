import * as z from 'zod';
import { OrderId, Sku, UserId, Version } from '../ids.ts';
import { checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';
import { ORDER_LINES_MAX, ORDER_UNITS_MAX } from './order.ts';

const key = entityKey('Reservation', 'ORDER#{orderId}', 'RESERVATION', { orderId: OrderId });
export const reservationKey = (orderId: OrderId): ItemKey => key.of({ orderId });

export const ReservationState = z.enum(['RESERVED', 'RELEASED', 'REJECTED']);
export type ReservationState = z.infer<typeof ReservationState>;

/** The stock that an order holds, held or was refused: `ORDER#orderId` / `RESERVATION`. */
export const ReservationItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Reservation'),
    orderId: OrderId,
    userId: UserId,
    state: ReservationState,
    /** The version of the order whose change brought this state: a record with an older one changes nothing. */
    orderVersion: Version,
    /** One entry a sku: repeated lines of an order are summed, so a quantity can exceed a line's. Empty where nothing was ever reserved. */
    lines: z
      .array(z.object({ sku: Sku, quantity: z.int().positive().max(ORDER_UNITS_MAX) }))
      .max(ORDER_LINES_MAX),
  })
  .superRefine((reservation, ctx) => checkKey(reservation, reservationKey(reservation.orderId), ctx));
export type ReservationItem = z.infer<typeof ReservationItem>;

export const reservationEntity = {
  key,
  item: ReservationItem,
  writtenBy: ['order-events'],
  readBy: [],
} as const satisfies Entity;
