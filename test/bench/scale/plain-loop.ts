import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types';
import { TransactWriteItemsCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand } from '@aws-sdk/client-sns';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { productKey } from '../../../contracts/entities/product.ts';
import { reservationKey } from '../../../contracts/entities/reservation.ts';
import type { Sku } from '../../../contracts/ids.ts';
import { eventOf } from '../../builders/stream/stream-batch.ts';
import { TABLE, TOPIC_ARN } from '../../simulation/places.ts';
import type { LaneClients } from './measure-lanes.ts';

/**
 * The loop that most projects have: Powertools' batch processor, which hands each record to a function that publishes it, reserves
 * its stock and adds to the stats of its day. A record that is delivered again is counted again.
 */
export function plainLoop(
  clients: LaneClients,
): (batch: readonly DynamoDBRecord[]) => Promise<PartialItemFailureResponse> {
  const processor = new BatchProcessor(EventType.DynamoDBStreams);
  return (batch) =>
    processPartialResponse(
      eventOf(...batch),
      (record: DynamoDBRecord) => effectsOf(clients, record),
      processor,
      {
        throwOnFullBatchFailure: false,
      },
    );
}

async function effectsOf({ dynamoDb, sns }: LaneClients, { dynamodb }: DynamoDBRecord): Promise<void> {
  const order = OrderItem.parse(unmarshall(dynamodb?.NewImage as Parameters<typeof unmarshall>[0]));
  await sns.send(
    new PublishBatchCommand({
      TopicArn: TOPIC_ARN,
      PublishBatchRequestEntries: [{ Id: order.orderId, Message: JSON.stringify(order) }],
    }),
  );
  const quantities = new Map<Sku, number>();
  for (const { sku, quantity } of order.lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  await dynamoDb.send(
    new TransactWriteItemsCommand({
      TransactItems: [
        {
          Put: { TableName: TABLE, Item: marshall({ ...reservationKey(order.orderId), state: 'RESERVED' }) },
        },
        ...[...quantities].map(([sku, quantity]) =>
          update(productKey(sku), 'SET stock = stock - :q, reserved = reserved + :q', { ':q': quantity }),
        ),
      ],
    }),
  );
  const day = order.createdAt.slice(0, 10);
  const counted = update({ pk: `STATS#${day}`, sk: 'ORDERS' }, 'ADD orders :one, revenue :total', {
    ':one': 1,
    ':total': order.total,
  });
  await dynamoDb.send(new UpdateItemCommand(counted.Update));
}

const update = (key: object, UpdateExpression: string, values: object) => ({
  Update: {
    TableName: TABLE,
    Key: marshall(key) as Record<string, AttributeValue> as never,
    UpdateExpression,
    ExpressionAttributeValues: marshall(values),
  },
});
