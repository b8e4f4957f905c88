import type { ConsumerName } from '../../contracts/stream.ts';
import type { OwnPlaces } from '../../pipelines/dead-letters/parse/own-places.ts';
import type { OrderHandlerSettings } from '../../pipelines/order-events/order-handlers.ts';
import { DEFAULT_ORDER_HANDLER_SETTINGS } from '../builders/stream/consumer-settings.ts';
import type { Config } from './config.ts';
import { STREAM_ARN } from './models/stream.ts';

/** The names of everything in a run. */
export const TABLE = 'Table';
export const OPERATIONS_TABLE = 'OperationsTable';
export const IDEMPOTENCY_TABLE = 'IdempotencyTable';
export const TOPIC_ARN = 'arn:aws:sns:eu-central-1:000000000000:OrderTopic';
export const SCHEMA_BASE_URL = 'https://api.shop.example';
export const PARKED_QUEUE_URL = 'https://sqs/ParkedDeadLetters';
/** The queue of a subscriber that begins while the system runs. */
export const SUBSCRIBER_QUEUE_URL = 'https://sqs/NewSubscriber';
export const SUBSCRIBER_QUEUE_ARN = 'arn:aws:sqs:eu-central-1:000000000000:NewSubscriber';
export const CONSUMERS = ['order-events', 'search-index'] as const satisfies readonly ConsumerName[];

/** The settings of the handlers of orders, for the consumer and for replays alike. */
export const simulatedSettings = ({
  orderRetentionDays,
  statsParts,
  highValueThreshold,
}: Pick<Config, 'orderRetentionDays' | 'statsParts' | 'highValueThreshold'>): OrderHandlerSettings => ({
  ...DEFAULT_ORDER_HANDLER_SETTINGS,
  tableName: TABLE,
  operationsTableName: OPERATIONS_TABLE,
  topicArn: TOPIC_ARN,
  schemaBaseUrl: SCHEMA_BASE_URL,
  orderRetentionDays,
  statsParts,
  highValueThreshold,
});

/** Where a consumer's dead letters lie. */
export const PLACES: Readonly<
  Record<ConsumerName, { readonly deadLetterQueueUrl: string; readonly deadLetterBucket: string }>
> = {
  'order-events': {
    deadLetterQueueUrl: 'https://sqs/OrderEventsDeadLetters',
    deadLetterBucket: 'order-events-dead-letters',
  },
  'search-index': {
    deadLetterQueueUrl: 'https://sqs/SearchIndexDeadLetters',
    deadLetterBucket: 'search-index-dead-letters',
  },
};

/** What a dead letter may point to. */
export const OWN_PLACES: OwnPlaces = { tableArn: STREAM_ARN.split('/stream/')[0] ?? '', places: PLACES };

/** The keys of the tables in infra/template.yaml. */
export const TABLE_SCHEMA = {
  key: { hash: 'pk', range: 'sk' },
  indexes: {
    GSI1: { hash: 'GSI1PK', range: 'GSI1SK' },
    GSI2: { hash: 'GSI2PK', range: 'stock' },
    LSI1: { hash: 'pk', range: 'LSI1SK' },
  },
};
export const OPERATIONS_SCHEMA = {
  key: { hash: 'pk', range: 'sk' },
  indexes: {
    open: { hash: 'openPk', range: 'openSk' },
    ofItem: { hash: 'itemPk', range: 'itemSk' },
  },
};
export const IDEMPOTENCY_SCHEMA = { key: { hash: 'id' } };
