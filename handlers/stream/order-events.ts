import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { OrderAnalytics } from '../../pipelines/analytics/order-analytics.ts';
import { orderEventsConsumer } from '../../pipelines/consumers/order-events.ts';
import { systemClock as clock } from '../../pipelines/core/clock.ts';
import { consume } from '../../pipelines/core/consume.ts';
import { DeadLetterQueue } from '../../pipelines/core/dead-letter-queue.ts';
import { OrderInventory } from '../../pipelines/inventory/order-inventory.ts';
import { OrderNotifications } from '../../pipelines/notification/order-notifications.ts';
import { OrderTopic } from '../../pipelines/notification/order-topic.ts';
import * as clients from '../clients.ts';
import { environment } from '../environment.ts';
import { RESERVE_MS } from './reserve.ts';

const env = environment('TABLE_NAME', 'TOPIC_ARN', 'DEAD_LETTER_QUEUE_URL', 'DEAD_LETTER_BUCKET');
const table = { dynamoDb: clients.dynamoDb(), tableName: env.TABLE_NAME, clock };
const deps = {
  consumer: orderEventsConsumer([
    new OrderNotifications({ topic: new OrderTopic({ sns: clients.sns(), topicArn: env.TOPIC_ARN }) }),
    new OrderInventory(table),
    new OrderAnalytics(table),
  ]),
  deadLetters: new DeadLetterQueue({
    sqs: clients.sqs(),
    s3: clients.s3(),
    queueUrl: env.DEAD_LETTER_QUEUE_URL,
    bucket: env.DEAD_LETTER_BUCKET,
    consumer: 'order-events',
    clock,
  }),
  logger: new Logger(),
  clock,
  reserveMs: RESERVE_MS,
};

/** Turns the changes of orders into notifications, stock movements and daily stats. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  consume(event, context, deps);
