import type { OrderNotification } from '../../../contracts/events/order-notification.ts';
import { PublisherName } from '../../../contracts/events/publishers.ts';
import type { SettingsOf } from '../../../contracts/settings.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import { highValueEvent, highValueSettings } from './high-value.ts';
import { lifecycleEvent } from './order-lifecycle.ts';

/** What the publishers are set to. Each place that makes events has the same settings, so that it makes the same events. */
export const publisherSettings = { ...highValueSettings };
export type PublisherSettings = Partial<SettingsOf<typeof publisherSettings>>;

/** The event that a publisher makes of a change, or none. A pure function: the same change gives the same event, byte for byte. */
type EventOf = (change: ChangeOf<'Order'>, settings: PublisherSettings) => OrderNotification | undefined;

const EVENT_OF: Readonly<Record<PublisherName, EventOf>> = {
  'order-lifecycle': lifecycleEvent,
  'high-value': highValueEvent,
};

/** The events of a change, at most one of each publisher, in the order of the registry. */
export const eventsOf = (
  change: ChangeOf<'Order'>,
  settings: PublisherSettings,
): readonly OrderNotification[] =>
  PublisherName.options.flatMap((name) => EVENT_OF[name](change, settings) ?? []);
