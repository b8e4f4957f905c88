import { Logger } from '@aws-lambda-powertools/logger';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { operatorOperations } from '../../contracts/api/operators.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { listOfAllConsumers, showDeadLetter } from '../../pipelines/dead-letters/list/list-all-consumers.ts';
import { type ReplayByIdDeps, replayById } from '../../pipelines/dead-letters/replay/replay-by-id.ts';
import { replayConsumers } from '../../pipelines/dead-letters/replay/replay-consumers.ts';
import { ActivityLog } from '../../pipelines/operations/activity.ts';
import { orderTimeline } from '../../pipelines/orders/order-timeline.ts';
import { type EnableConsumerDeps, enableConsumer } from '../../pipelines/status/consumer-mappings.ts';
import { readLagHistory } from '../../pipelines/status/consumer-metrics.ts';
import { readStatus, type StatusDeps } from '../../pipelines/status/read-status.ts';
import { type ReadThroughputDeps, readThroughput } from '../../pipelines/throughput/read-throughput.ts';
import { cloudWatch, dynamoDbStreams, lambda } from '../clients.ts';
import { consumerContext } from '../consumer-context.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import type { TableDeps } from './dependencies.ts';

/** The part of the function's 29 s in which queues are read; hidden messages must be given back after it. */
const QUEUE_MS_MAX = 15_000;
const queueSignal = (): AbortSignal => AbortSignal.timeout(QUEUE_MS_MAX);

type OperatorsDeps = TableDeps &
  ReplayByIdDeps &
  ReadThroughputDeps &
  StatusDeps &
  EnableConsumerDeps & { readonly streams: DynamoDBStreamsClient };

/** What operators see and repair: the timeline of an order, the throughput, the dead letters. */
export const operatorsHandler = (deps: OperatorsDeps): ApiHandler =>
  resource(deps.logger, operatorOperations, {
    getStatus: () => readStatus(deps),
    getLagHistory: ({ query: { minutes } }) => readLagHistory(deps, minutes),
    pauseConsumer: ({ path, caller }) => enableConsumer(deps, path.consumer, false, caller.sub),
    resumeConsumer: ({ path, caller }) => enableConsumer(deps, path.consumer, true, caller.sub),
    getOrderTimeline: ({ path }) => orderTimeline(deps, path),
    getThroughput: () => readThroughput(deps),
    listDeadLetters: ({ query: { consumer } }) =>
      listOfAllConsumers(deps, consumer === undefined ? ConsumerName.options : [consumer], queueSignal()),
    getDeadLetter: ({ path }) => showDeadLetter(deps, path, queueSignal()),
    replayDeadLetter: ({ path }) => replayById(deps, path, queueSignal()),
  });

function operatorsDeps(): OperatorsDeps {
  const env = environment(
    ...(['ORDER_EVENTS_FUNCTION_NAME', 'SEARCH_INDEX_FUNCTION_NAME', 'POWERTOOLS_SERVICE_NAME'] as const),
    ...(['ORDER_EVENTS_MAPPING_ID', 'SEARCH_INDEX_MAPPING_ID', 'OPERATIONS_TABLE_NAME'] as const),
  );
  const context = consumerContext();
  return {
    ...context,
    logger: new Logger(),
    cloudWatch: cloudWatch(),
    streams: dynamoDbStreams(),
    lambda: lambda(),
    activity: new ActivityLog({ ...context, operationsTableName: env.OPERATIONS_TABLE_NAME }),
    service: env.POWERTOOLS_SERVICE_NAME,
    functions: {
      'order-events': env.ORDER_EVENTS_FUNCTION_NAME,
      'search-index': env.SEARCH_INDEX_FUNCTION_NAME,
    },
    mappingIds: async () => ({
      'order-events': env.ORDER_EVENTS_MAPPING_ID,
      'search-index': env.SEARCH_INDEX_MAPPING_ID,
    }),
    operationsTableName: env.OPERATIONS_TABLE_NAME,
    deadLetterQueueUrls: Object.values(context.places).map(({ deadLetterQueueUrl }) => deadLetterQueueUrl),
    queueUrls: {
      'order-events': context.places['order-events'].deadLetterQueueUrl,
      'search-index': context.places['search-index'].deadLetterQueueUrl,
    },
    consumers: replayConsumers(context),
  };
}

export const handler = functionHandler(() => operatorsHandler(operatorsDeps()));
