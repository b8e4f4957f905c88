/** What the tests of a subscriber import: `order-stream/testing`. docs/how-to/subscribe.md shows how. */
export { type BrokenRule, checkSubscriber, type SubscriberState } from './check-subscriber.ts';
export { DELIVERY_CASES, type DeliveryCase, type KnownStatus } from './delivery-cases.ts';
export { buildEvent, type EventOf, type EventOverrides, envelopeBody, rawBody } from './event-builder.ts';
