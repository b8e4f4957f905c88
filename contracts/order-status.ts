import * as z from 'zod';

/** Every status an order can have. */
export const OrderStatus = z.enum(['placed', 'confirmed', 'shipped', 'delivered', 'cancelled', 'rejected']);
export type OrderStatus = z.infer<typeof OrderStatus>;

/** The statuses that each status may change to; a change that is not here is a conflict. */
export const STATUS_TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  placed: ['confirmed', 'cancelled', 'rejected'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
  rejected: [],
};

/** Whether a status is the last that an order will have. */
export const isFinal = (status: OrderStatus): boolean => STATUS_TRANSITIONS[status].length === 0;

/** The statuses in which an order counts as sold: it was neither cancelled nor rejected. */
export const SOLD: ReadonlySet<OrderStatus> = new Set<OrderStatus>([
  'placed',
  'confirmed',
  'shipped',
  'delivered',
]);

/** The statuses in which an order is open: it holds stock, and its goods have not left. */
export const OPEN_STATUSES: ReadonlySet<OrderStatus> = new Set<OrderStatus>(['placed', 'confirmed']);

/** The statuses in which the order's goods are still in the warehouse, so that removing the order releases its stock. */
export const RELEASABLE_STATUSES: ReadonlySet<OrderStatus> = new Set<OrderStatus>([
  'placed',
  'confirmed',
  'cancelled',
]);
