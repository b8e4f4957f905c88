import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SNSClient } from '@aws-sdk/client-sns';
import { systemClock as clock } from '../pipelines/clock.ts';
import type { ReplayConsumersDeps } from '../pipelines/dead-letters/replay/replay-consumers.ts';
import { type OrderHandlerDeps, orderHandlerSettings } from '../pipelines/order-events/order-handlers.ts';
import type { EmailHashSource } from '../pipelines/search/email-hash.ts';
import { dynamoDb, s3, sns, sqs } from './clients.ts';
import { environment, settings } from './environment.ts';
import { openSearch } from './opensearch-client.ts';

/** Puts something around a client, such as a trace. */
type Wrap = <Client extends DynamoDBClient | SNSClient>(client: Client) => Client;

/** The dependencies of the handlers of orders, for the stream's consumer and for replays alike. */
export function orderHandlerDeps(wrap: Wrap = (client) => client): OrderHandlerDeps {
  return { ...settings(orderHandlerSettings), dynamoDb: wrap(dynamoDb()), sns: wrap(sns()), clock };
}

/**
 * The dependencies of both consumers, for functions that replay dead letters. The hash is passed in, so that the
 * bundle of `order-events` holds nothing that reads a secret.
 */
export function consumerContext(emailHash: EmailHashSource): ReplayConsumersDeps {
  const env = environment(
    'TABLE_ARN',
    ...(['ORDER_EVENTS_DEAD_LETTER_QUEUE_URL', 'ORDER_EVENTS_DEAD_LETTER_BUCKET'] as const),
    ...(['SEARCH_INDEX_DEAD_LETTER_QUEUE_URL', 'SEARCH_INDEX_DEAD_LETTER_BUCKET'] as const),
  );
  return {
    ...orderHandlerDeps(),
    openSearch: openSearch(),
    emailHash,
    tableArn: env.TABLE_ARN,
    sqs: sqs(),
    s3: s3(),
    places: {
      'order-events': {
        deadLetterQueueUrl: env.ORDER_EVENTS_DEAD_LETTER_QUEUE_URL,
        deadLetterBucket: env.ORDER_EVENTS_DEAD_LETTER_BUCKET,
      },
      'search-index': {
        deadLetterQueueUrl: env.SEARCH_INDEX_DEAD_LETTER_QUEUE_URL,
        deadLetterBucket: env.SEARCH_INDEX_DEAD_LETTER_BUCKET,
      },
    },
  };
}
