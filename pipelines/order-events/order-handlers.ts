import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import type { Clock } from '../clock.ts';
import { Publications } from '../operations/publications.ts';
import type { OrderRetention } from '../orders/retention.ts';
import { OrderAnalytics } from './analytics/order-analytics.ts';
import { OrderInventory } from './inventory/order-inventory.ts';
import { OrderNotifications, OrderTopic } from './notification/order-topic.ts';
import type { PublisherSettings } from './notification/publishers.ts';
import type { OrderHandler } from './order-events.ts';

/** The settings of the handlers of orders. Each place that runs them has all of these: the stream, replays and the command line. */
export interface OrderHandlerSettings extends OrderRetention, PublisherSettings {
  readonly tableName: string;
  readonly topicArn: string;
  /** The base of the URLs of the events' schemas. Without it events name their schemas and give no address. */
  readonly schemaBaseUrl?: string;
  /** The OperationsTable: what the topic has accepted, and the store of dead letters. */
  readonly operationsTableName: string;
  /** Over how many items the stats of a day are spread, 1 to 512. */
  readonly statsParts?: number;
}

/** The dependencies of the order handlers. */
export interface OrderHandlerDeps extends OrderHandlerSettings {
  readonly dynamoDb: DynamoDBClient;
  readonly sns: SNSClient;
  readonly clock: Clock;
  /** Called with the number of events that the topic has just accepted. */
  readonly accepted?: (events: number) => void;
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
