import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { operatorOperations } from '../../contracts/api/operators.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { listOfAllConsumers, showDeadLetter } from '../../pipelines/dead-letters/list/list-all-consumers.ts';
import { type ReplayByIdDeps, replayById } from '../../pipelines/dead-letters/replay/replay-by-id.ts';
import { replayConsumers } from '../../pipelines/dead-letters/replay/replay-consumers.ts';
import { orderTimeline } from '../../pipelines/orders/order-timeline.ts';
import type { OpenSearchClient } from '../../pipelines/search/open-search.ts';
import { type ReadThroughputDeps, readThroughput } from '../../pipelines/throughput/read-throughput.ts';
import { cloudWatch, dynamoDbStreams, s3, sns, sqs } from '../clients.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { openSearch } from '../opensearch-client.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** The part of the function's 29 s in which queues are read; hidden messages must be given back after it. */
const QUEUE_MS_MAX = 15_000;
const queueSignal = (): AbortSignal => AbortSignal.timeout(QUEUE_MS_MAX);

type OperatorsDeps = TableDeps &
  ReplayByIdDeps &
  ReadThroughputDeps & { readonly openSearch: OpenSearchClient; readonly streams: DynamoDBStreamsClient };

/** What operators see and repair: the timeline of an order, the throughput, the dead letters. */
export const operatorsHandler = (deps: OperatorsDeps): ApiHandler =>
  resource(deps.logger, operatorOperations, {
    getOrderTimeline: ({ path }) => orderTimeline(deps, path),
    getThroughput: () => readThroughput(deps),
    listDeadLetters: ({ query: { consumer } }) =>
      listOfAllConsumers(deps, consumer === undefined ? ConsumerName.options : [consumer], queueSignal()),
    getDeadLetter: ({ path }) => showDeadLetter(deps, path, queueSignal()),
    replayDeadLetter: ({ path }) => replayById(deps, path, queueSignal()),
  });

function operatorsDeps(): OperatorsDeps {
  const env = environment(
    ...(['TABLE_NAME', 'TOPIC_ARN', 'ORDER_RETENTION_DAYS', 'POWERTOOLS_SERVICE_NAME'] as const),
    ...(['ORDER_EVENTS_FUNCTION_NAME', 'SEARCH_INDEX_FUNCTION_NAME'] as const),
    ...(['ORDER_EVENTS_DEAD_LETTER_QUEUE_URL', 'ORDER_EVENTS_DEAD_LETTER_BUCKET'] as const),
    ...(['SEARCH_INDEX_DEAD_LETTER_QUEUE_URL', 'SEARCH_INDEX_DEAD_LETTER_BUCKET'] as const),
  );
  const places = {
    'order-events': {
      deadLetterQueueUrl: env.ORDER_EVENTS_DEAD_LETTER_QUEUE_URL,
      deadLetterBucket: env.ORDER_EVENTS_DEAD_LETTER_BUCKET,
    },
    'search-index': {
      deadLetterQueueUrl: env.SEARCH_INDEX_DEAD_LETTER_QUEUE_URL,
      deadLetterBucket: env.SEARCH_INDEX_DEAD_LETTER_BUCKET,
    },
  };
  const clients = { ...tableDeps(env.TABLE_NAME), sqs: sqs(), s3: s3(), openSearch: openSearch() };
  return {
    ...clients,
    cloudWatch: cloudWatch(),
    streams: dynamoDbStreams(),
    service: env.POWERTOOLS_SERVICE_NAME,
    functions: {
      'order-events': env.ORDER_EVENTS_FUNCTION_NAME,
      'search-index': env.SEARCH_INDEX_FUNCTION_NAME,
    },
    queueUrls: {
      'order-events': places['order-events'].deadLetterQueueUrl,
      'search-index': places['search-index'].deadLetterQueueUrl,
    },
    consumers: replayConsumers({
      ...clients,
      sns: sns(),
      topicArn: env.TOPIC_ARN,
      retentionDays: env.ORDER_RETENTION_DAYS,
      places,
    }),
  };
}

export const handler = functionHandler(() => operatorsHandler(operatorsDeps()));
