import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { OrderAnalytics } from '../../pipelines/analytics/order-analytics.ts';
import { orderEventsConsumer } from '../../pipelines/consumers/order-events.ts';
import { systemClock as clock } from '../../pipelines/core/clock.ts';
import { consume } from '../../pipelines/core/consume.ts';
import { OrderInventory } from '../../pipelines/inventory/order-inventory.ts';
import { OrderNotifications } from '../../pipelines/notification/order-notifications.ts';
import { OrderTopic } from '../../pipelines/notification/order-topic.ts';
import { dynamoDb, sns } from '../clients.ts';
import { environment } from '../environment.ts';
import { consumerDeps, trace } from './dependencies.ts';
import { tracedAws } from './traced-clients.ts';

const env = environment('TABLE_NAME', 'TOPIC_ARN', 'ORDER_RETENTION_DAYS');
const table = { dynamoDb: tracedAws(dynamoDb(), trace), tableName: env.TABLE_NAME, clock };
const topic = new OrderTopic({ sns: tracedAws(sns(), trace), topicArn: env.TOPIC_ARN });
const deps = consumerDeps(
  orderEventsConsumer([
    new OrderNotifications({ topic }),
    new OrderInventory({ ...table, retentionDays: env.ORDER_RETENTION_DAYS }),
    new OrderAnalytics(table),
  ]),
);

/** Turns the changes of orders into notifications, stock movements and daily stats. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  consume(event, context, deps);
