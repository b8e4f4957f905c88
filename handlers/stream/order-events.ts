import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { orderEventsConsumer } from '../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../pipelines/order-events/order-handlers.ts';
import { consume } from '../../pipelines/stream/consume.ts';
import { orderHandlerDeps } from '../consumer-context.ts';
import { consumerDeps, eventMetrics, trace } from './dependencies.ts';
import { tracedAws } from './trace.ts';

const events = eventMetrics();
const deps = consumerDeps(
  orderEventsConsumer(
    orderHandlers({
      ...orderHandlerDeps((client) => tracedAws(client, trace)),
      accepted: events.accepted,
      publishesOnce: true,
    }),
  ),
);

/** Turns the changes of orders into notifications, stock changes and daily stats. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  consume(event, context, deps).finally(events.publish);
