import * as z from 'zod';
import { Instant, OrderId, Sku, UserId, type Version } from '../ids.ts';
import { Currency, MinorUnits, Quantity } from '../money.ts';
import { OrderStatus } from '../order-status.ts';
import { isStatusType, PublisherName, type StatusType, typesOf } from './publishers.ts';

/** Every event type that the topic carries. */
export const NotificationType = z.enum(PublisherName.options.flatMap(typesOf));
export type NotificationType = z.infer<typeof NotificationType>;

const orderFields = {
  orderId: OrderId,
  userId: UserId,
  status: OrderStatus,
  total: MinorUnits,
  currency: Currency,
  lines: z.array(z.object({ sku: Sku, quantity: Quantity, amount: MinorUnits })).min(1),
  placedAt: Instant,
};

/** Absent where the order's item was malformed before this change, so that its status is unknown. */
const previousStatus = { previousStatus: OrderStatus.optional() };

/** The name of a type's schema and its version: what CloudEvents calls `dataschema`. It is a name, not an address. */
export const dataSchemaOf = <Type extends NotificationType>(type: Type) =>
  `urn:order-stream:event:${type}:1` as const;

const cloudEvent = <Type extends NotificationType, Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({
    specversion: z.literal('1.0'),
    /** Deterministic: the same change of the same order has the same id however often it is sent. */
    id: z.string().min(1),
    source: z.literal('/order-stream/orders'),
    type: z.literal(type),
    subject: OrderId,
    time: Instant,
    datacontenttype: z.literal('application/json'),
    /** The type's schema and its version. Additions keep the version; anything else is another type. See https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#dataschema. */
    dataschema: z.literal(dataSchemaOf(type)),
    /** The order's version, so that a subscriber can order the events of one order. Two publishers may have events of one version. See https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md. */
    sequence: z.string().regex(/^[1-9]\d{0,15}$/),
    data,
  });

/** An order is new: it was placed or imported, or written to the table without the API in any status. */
export const OrderPlaced = cloudEvent('order.placed', z.object(orderFields));
export type OrderPlaced = z.infer<typeof OrderPlaced>;

/** An order has another status, except `rejected`, which `order.rejected` reports. */
export const OrderStatusChanged = cloudEvent(
  'order.status-changed',
  z.object({ ...orderFields, ...previousStatus }),
);
export type OrderStatusChanged = z.infer<typeof OrderStatusChanged>;

/** The stock cannot serve an order. */
export const OrderRejected = cloudEvent('order.rejected', z.object({ ...orderFields, ...previousStatus }));
export type OrderRejected = z.infer<typeof OrderRejected>;

/** A caller deleted an order; `data` is what it was. */
export const OrderRemoved = cloudEvent('order.removed', z.object(orderFields));
export type OrderRemoved = z.infer<typeof OrderRemoved>;

/** An order reached the end of its retention; `data` is what it was. */
export const OrderExpired = cloudEvent('order.expired', z.object(orderFields));
export type OrderExpired = z.infer<typeof OrderExpired>;

/** A new order has a total of `threshold` or more, in minor units of its currency. Its `order.placed` reports the status. */
export const OrderHighValue = cloudEvent(
  'order.high-value',
  z.object({ ...orderFields, threshold: MinorUnits }),
);
export type OrderHighValue = z.infer<typeof OrderHighValue>;

/** What the topic carries: CloudEvents 1.0 in JSON. See https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md. */
export const OrderNotification = z.discriminatedUnion('type', [
  OrderPlaced,
  OrderStatusChanged,
  OrderRejected,
  OrderRemoved,
  OrderExpired,
  OrderHighValue,
]);
export type OrderNotification = z.infer<typeof OrderNotification>;

/** An event that reports the status of an order, or its end. Others report facts about a version, and change no status. */
export type StatusEvent = Extract<OrderNotification, { readonly type: StatusType }>;

/** Whether an event reports the status of an order. */
export const isStatusEvent = (event: OrderNotification): event is StatusEvent => isStatusType(event.type);

/** The id of the event that one version of an order causes. */
export const notificationId = (orderId: OrderId, version: Version, type: NotificationType): string =>
  `${orderId}.${version}.${type}`;
