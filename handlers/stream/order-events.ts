import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { orderEventsConsumer } from '../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../pipelines/order-events/order-handlers.ts';
import { consume } from '../../pipelines/stream/consume.ts';
import { dynamoDb, sns } from '../clients.ts';
import { environment } from '../environment.ts';
import { consumerDeps, trace } from './dependencies.ts';
import { tracedAws } from './trace.ts';

const env = environment('TABLE_NAME', 'TOPIC_ARN', 'ORDER_RETENTION_DAYS');
const deps = consumerDeps(
  orderEventsConsumer(
    orderHandlers({
      dynamoDb: tracedAws(dynamoDb(), trace),
      sns: tracedAws(sns(), trace),
      tableName: env.TABLE_NAME,
      topicArn: env.TOPIC_ARN,
      retentionDays: env.ORDER_RETENTION_DAYS,
      clock,
    }),
  ),
);

/** Turns the changes of orders into notifications, stock changes and daily stats. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  consume(event, context, deps);
