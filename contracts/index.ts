/** What a subscriber of the order topic imports: `order-stream/contracts`. docs/events.md shows how. */
export {
  NotificationType,
  OrderExpired,
  OrderNotification,
  OrderPlaced,
  OrderRejected,
  OrderRemoved,
  OrderStatusChanged,
} from './events/order-notification.ts';
export { Instant, OrderId, Sku, UserId } from './ids.ts';
export { OrderStatus } from './items/order-status.ts';
export { Currency, MinorUnits, Quantity } from './money.ts';
export {
  MalformedNotificationError,
  NotificationError,
  type NotificationIssue,
  NotificationNotJsonError,
  SubscriptionMessageError,
} from './subscriber/errors.ts';
export {
  type ParsedNotification,
  parseNotification,
  type UnknownNotification,
} from './subscriber/parse-notification.ts';
export { RecentEvents } from './subscriber/recent-events.ts';
export {
  type Arrival,
  arrivalOf,
  bySequence,
  type EventPlace,
  SEEN_EVENTS_MAX,
  type SeenEvents,
  withEvent,
} from './subscriber/seen-events.ts';
