import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { schemaBaseUrl } from '../../contracts/events/schema-base-url.ts';
import { type SettingsOf, text } from '../../contracts/settings.ts';
import type { Clock } from '../clock.ts';
import { Publications } from '../operations/publications.ts';
import { orderRetention } from '../orders/retention.ts';
import { analyticsSettings, OrderAnalytics } from './analytics/order-analytics.ts';
import { OrderInventory } from './inventory/order-inventory.ts';
import { OrderNotifications, OrderTopic } from './notification/order-topic.ts';
import { publisherSettings } from './notification/publishers.ts';
import type { OrderHandler } from './order-events.ts';

/** The settings of the handlers of orders. Each place that runs them has all of these: the stream, replays and the command line. */
export const orderHandlerSettings = {
  ...orderRetention,
  ...publisherSettings,
  ...analyticsSettings,
  tableName: text,
  topicArn: text,
  /** The OperationsTable: what the topic has accepted, and the store of dead letters. */
  operationsTableName: text,
  /** The base of the URLs of the events' schemas. Where it is empty, events name their schemas and give no address. */
  schemaBaseUrl,
};
export type OrderHandlerSettings = SettingsOf<typeof orderHandlerSettings>;

/** The dependencies of the order handlers. */
export interface OrderHandlerDeps extends OrderHandlerSettings {
  readonly dynamoDb: DynamoDBClient;
  readonly sns: SNSClient;
  readonly clock: Clock;
  /** Called with the events that the topic has just accepted. */
  readonly accepted?: (events: readonly OrderNotification[]) => void;
  /** Whether a change that comes again is not published again. */
  readonly publishesOnce?: boolean;
}

/** All effects of the change of an order, for the stream's consumer and for a replay. */
export function orderHandlers(deps: OrderHandlerDeps): readonly OrderHandler[] {
  return [
    new OrderNotifications({
      ...deps,
      topic: new OrderTopic({ ...deps, publications: new Publications(deps) }),
    }),
    new OrderInventory(deps),
    new OrderAnalytics(deps),
  ];
}
