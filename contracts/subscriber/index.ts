/** What a subscriber of the order topic imports: `order-stream/contracts`. docs/events.md shows how. */
export {
  ChangedOrderData,
  EventOrderLine,
  HighValueOrderData,
  isStatusEvent,
  NotificationType,
  OrderData,
  OrderExpired,
  OrderHighValue,
  OrderNotification,
  OrderPlaced,
  OrderRejected,
  OrderRemoved,
  OrderStatusChanged,
  type StatusEvent,
  schemaNameOf,
} from '../events/order-notification.ts';
export { PUBLISHERS, PublisherName } from '../events/publishers.ts';
export { Instant, OrderId, Sku, UserId } from '../ids.ts';
export { Currency, MinorUnits, Quantity } from '../money.ts';
export { OrderStatus } from '../order-status.ts';
export type { FieldIssue } from '../reading.ts';
export {
  MalformedNotificationError,
  NotificationError,
  NotificationNotJsonError,
  type ParsedNotification,
  parseNotification,
  SubscriptionMessageError,
  type SubscriptionMessageKind,
  type UnknownNotification,
} from './parse-notification.ts';
export {
  type Arrival,
  arrivalOf,
  bySequence,
  type EventPlace,
  RecentEvents,
  SEEN_EVENTS_MAX,
  type SeenEvent,
  type SeenEvents,
  withEvent,
  withSkippedEvent,
} from './seen-events.ts';
