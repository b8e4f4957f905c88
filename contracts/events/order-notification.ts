import * as z from 'zod';
import { Instant, OrderId, Sku, UserId, type Version } from '../ids.ts';
import { Currency, MinorUnits, Quantity } from '../money.ts';
import { OrderStatus } from '../order-status.ts';
import { isStatusType, PublisherName, type StatusType, typesOf } from './publishers.ts';
import { SCHEMA_BASE_URL } from './schema-base-url.ts';

/** Every event type that the topic carries. */
export const NotificationType = z.enum(PublisherName.options.flatMap(typesOf));
export type NotificationType = z.infer<typeof NotificationType>;

/** One product of an order. */
export const EventOrderLine = z.object({
  /** The product. */
  sku: Sku,
  /** How many pieces of it. */
  quantity: Quantity,
  /** The price of all its pieces, in minor units. */
  amount: MinorUnits,
});

/** The order after the change, or before its removal. No names and no addresses. */
export const OrderData = z.object({
  /** The order, the same as `subject`. */
  orderId: OrderId,
  /** The user who placed the order. */
  userId: UserId,
  /** The status after the change, or the last one before the removal. */
  status: OrderStatus,
  /** The sum of the lines' amounts, in minor units. */
  total: MinorUnits,
  /** The currency of all amounts. */
  currency: Currency,
  /** The products of the order, one line each. */
  lines: z.array(EventOrderLine).min(1),
  /** When the order was placed, which for an imported order lies before its import. */
  placedAt: Instant,
});

/** The order after a change of its status. */
export const ChangedOrderData = OrderData.extend({
  /** The status before the change. Absent where the order's item was malformed then, so that its status is unknown. */
  previousStatus: OrderStatus.optional(),
});

/** A new order of high value. */
export const HighValueOrderData = OrderData.extend({
  /** The total from which an order is of high value, in minor units of the order's currency. */
  threshold: MinorUnits,
});

/** The name of the document with a type's schema, and the last segment of `dataschema`. */
export const schemaNameOf = (type: NotificationType): string => `${type}.1.json`;

/**
 * The schema of a type and its version: what CloudEvents calls `dataschema`. The URL from which `GET /schemas/{name}` serves it, or its
 * name as a URN while the stack has no base of such URLs.
 *
 * @param baseUrl Without a slash at its end; empty for none.
 */
export const dataSchemaOf = (type: NotificationType, baseUrl = ''): string =>
  baseUrl === '' ? `urn:order-stream:event:${type}:1` : `${baseUrl}/schemas/${schemaNameOf(type)}`;

const dataSchema = (type: NotificationType) => {
  const name = type.replaceAll('.', String.raw`\.`);
  return z
    .string()
    .regex(
      new RegExp(
        `^(?:(?:${SCHEMA_BASE_URL})\\/schemas\\/${name}\\.1\\.json|urn:order-stream:event:${name}:1)$`,
      ),
    );
};

const cloudEvent = <Type extends NotificationType, Data extends z.ZodType>(type: Type, data: Data) =>
  z.object({
    /** The version of CloudEvents. */
    specversion: z.literal('1.0'),
    /** Deterministic: the same change of the same order has the same id however often it is sent. */
    id: z.string().min(1),
    /** The publisher. */
    source: z.literal('/order-stream/orders'),
    /** What happened. Every type has a schema of its own. */
    type: z.literal(type),
    /** The order. There is no order between the events of two subjects. */
    subject: OrderId,
    /** When the change happened. */
    time: Instant,
    /** The format of `data`. */
    datacontenttype: z.literal('application/json'),
    /** The address of the type's schema, which ends in the type and the schema's version. Compare the last segment only. Additions keep the version; anything else is another type. See https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#dataschema. */
    dataschema: dataSchema(type),
    /** The order's version, so that a subscriber can order the events of one order. Two publishers may have events of one version. See https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/sequence.md. */
    sequence: z.string().regex(/^[1-9]\d{0,15}$/),
    /** In an event of the past that a backfill sends to a new subscriber's queue. Absent from what the topic publishes. */
    replayed: z.literal(true).optional(),
    data,
  });

/** An order is new: it was placed or imported, or written to the table without the API in any status. */
export const OrderPlaced = cloudEvent('order.placed', OrderData);
export type OrderPlaced = z.infer<typeof OrderPlaced>;

/** An order has another status, except `rejected`, which `order.rejected` reports. */
export const OrderStatusChanged = cloudEvent('order.status-changed', ChangedOrderData);
export type OrderStatusChanged = z.infer<typeof OrderStatusChanged>;

/** The stock cannot serve an order. */
export const OrderRejected = cloudEvent('order.rejected', ChangedOrderData);
export type OrderRejected = z.infer<typeof OrderRejected>;

/** A caller deleted an order; `data` is what it was. */
export const OrderRemoved = cloudEvent('order.removed', OrderData);
export type OrderRemoved = z.infer<typeof OrderRemoved>;

/** An order reached the end of its retention; `data` is what it was. */
export const OrderExpired = cloudEvent('order.expired', OrderData);
export type OrderExpired = z.infer<typeof OrderExpired>;

/** A new order has a total of `threshold` or more, in minor units of its currency. Its `order.placed` reports the status. */
export const OrderHighValue = cloudEvent('order.high-value', HighValueOrderData);
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
