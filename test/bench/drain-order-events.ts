import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import {
  type DynamoDBClient,
  PutItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import pLimit from 'p-limit';
import { dailyStatsKey } from '../../contracts/entities/daily-stats.ts';
import { OrderItem } from '../../contracts/entities/order.ts';
import { productKey } from '../../contracts/entities/product.ts';
import { reservationKey } from '../../contracts/entities/reservation.ts';
import { Day, type Sku } from '../../contracts/ids.ts';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { Publications } from '../../pipelines/operations/publications.ts';
import { OrderAnalytics } from '../../pipelines/order-events/analytics/order-analytics.ts';
import { OrderInventory } from '../../pipelines/order-events/inventory/order-inventory.ts';
import { OrderNotifications, OrderTopic } from '../../pipelines/order-events/notification/order-topic.ts';
import { orderEventsConsumer } from '../../pipelines/order-events/order-events.ts';
import { consumerSettings } from '../builders/stream/consumer-settings.ts';
import { productItem } from '../builders/values/items.ts';
import { feed, feedPowertools } from './feed.ts';

/** Where the effects of order-events go. */
export interface OrderEventsSinks {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly sns: SNSClient;
  readonly topicArn: string;
  readonly operationsTableName: string;
}

const { batchSize: BATCH_SIZE } = consumerSettings('order-events');
const PUTS_AT_ONCE = 20;

/** Puts enough stock into the table for every order, so that each of them is reserved. */
export async function stockUp(
  { dynamoDb, tableName }: OrderEventsSinks,
  requested: ReadonlyMap<string, number>,
): Promise<void> {
  const limit = pLimit(PUTS_AT_ONCE);
  await Promise.all(
    [...requested].map(([sku, quantity]) =>
      limit(() =>
        dynamoDb.send(
          new PutItemCommand({
            TableName: tableName,
            Item: marshall(productItem({ sku, stock: quantity, reserved: 0, received: quantity }), {
              removeUndefinedValues: true,
            }),
          }),
        ),
      ),
    ),
  );
}

/** The consumer, fed as the template's mapping feeds it, but for the number of lanes. */
export const throughConsumer = (
  sinks: OrderEventsSinks,
  records: readonly DynamoDBRecord[],
  lanes: number,
): Promise<void> =>
  feed(records, { batchSize: BATCH_SIZE, lanes }, () =>
    orderEventsConsumer([
      new OrderNotifications({
        topic: new OrderTopic({ ...sinks, publications: new Publications({ ...sinks, clock }) }),
      }),
      new OrderInventory({ ...sinks, clock }),
      new OrderAnalytics({ ...sinks, clock }),
    ]),
  );

/** The plain loop: unmarshall, then one request for each effect, one record after the other. No idempotency, no order of versions. */
export async function byPlainLoop(
  sinks: OrderEventsSinks,
  records: readonly DynamoDBRecord[],
): Promise<void> {
  for (const record of records) await effectsOf(sinks, record);
}

/** Powertools' own batch processor over the same effects: all records of a batch at once, what fails again. */
export const byPowertools = (
  sinks: OrderEventsSinks,
  records: readonly DynamoDBRecord[],
  lanes: number,
): Promise<void> =>
  feedPowertools(records, { batchSize: BATCH_SIZE, lanes }, (record) => effectsOf(sinks, record));

async function effectsOf(
  { dynamoDb, tableName, sns, topicArn }: OrderEventsSinks,
  { dynamodb }: DynamoDBRecord,
): Promise<void> {
  const order = OrderItem.parse(unmarshall(dynamodb?.NewImage as Record<string, AttributeValue>));
  await sns.send(
    new PublishCommand({
      TopicArn: topicArn,
      Message: JSON.stringify({ type: 'order.placed', data: order }),
    }),
  );
  const quantities = new Map<Sku, number>();
  for (const { sku, quantity } of order.lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  await dynamoDb.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        {
          Put: {
            TableName: tableName,
            Item: marshall({ ...reservationKey(order.orderId), state: 'RESERVED' }),
          },
        },
        ...[...quantities].map(([sku, quantity]) => ({
          Update: {
            TableName: tableName,
            Key: marshall(productKey(sku)),
            UpdateExpression: 'SET stock = stock - :q, reserved = reserved + :q',
            ConditionExpression: 'stock >= :q',
            ExpressionAttributeValues: marshall({ ':q': quantity }),
          },
        })),
      ],
    }),
  );
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: marshall(dailyStatsKey(Day.parse(order.createdAt.slice(0, 10)))),
      UpdateExpression: 'ADD orders_placed :one, revenue_placed_USD :total',
      ExpressionAttributeValues: marshall({ ':one': 1, ':total': order.total }),
    }),
  );
}
