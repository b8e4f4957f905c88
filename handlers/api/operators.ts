import { operatorOperations } from '../../contracts/api/operators.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { type OperatorsDeps, operatorsApi } from '../../pipelines/api/operators.ts';
import { operatorDeps } from '../../pipelines/dead-letters/actions/selected-queues.ts';
import { RecordsTrimmedError } from '../../pipelines/dead-letters/replay/automatic-replay.ts';
import { loggableReason } from '../../pipelines/errors.ts';
import { ActivityLog } from '../../pipelines/operations/activity.ts';
import type { OrderTimelineDeps } from '../../pipelines/timeline/order-timeline.ts';
import { timelineSettings } from '../../pipelines/timeline/version-effects.ts';
import { cloudWatch, dynamoDbStreams, lambda } from '../clients.ts';
import { consumerContext } from '../consumer-context.ts';
import { emailHashSource } from '../email-hash.ts';
import { environment, settings } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, type ResourceDeps, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { resourceDeps } from './dependencies.ts';

export const operatorsHandler = (deps: OperatorsDeps & ResourceDeps): ApiHandler =>
  resource(deps, operatorOperations, operatorsApi(deps));

/** A request does not have the time for a scan of the table. */
const whenTrimmed = async (): Promise<never> => {
  throw new RecordsTrimmedError('The stream has trimmed the records of a batch');
};

/** Where mails are off there is none. */
const mailbox = (): Pick<OrderTimelineDeps, 'mailboxTableName'> =>
  environment('ORDER_MAILS').ORDER_MAILS === 'Enabled'
    ? { mailboxTableName: environment('MAILBOX_TABLE_NAME').MAILBOX_TABLE_NAME }
    : {};

function operatorsDeps(): OperatorsDeps & ResourceDeps {
  const env = environment(
    ...(['ORDER_EVENTS_FUNCTION_NAME', 'SEARCH_INDEX_FUNCTION_NAME', 'POWERTOOLS_SERVICE_NAME'] as const),
    'PARKED_QUEUE_URL',
    ...(['ORDER_EVENTS_MAPPING_ID', 'SEARCH_INDEX_MAPPING_ID'] as const),
  );
  const context = consumerContext(emailHashSource());
  const parkedQueueUrl = env.PARKED_QUEUE_URL;
  const own = resourceDeps();
  const mappingIds: Readonly<Record<ConsumerName, string>> = {
    'order-events': env.ORDER_EVENTS_MAPPING_ID,
    'search-index': env.SEARCH_INDEX_MAPPING_ID,
  };
  return {
    ...context,
    ...settings(timelineSettings),
    ...mailbox(),
    ...operatorDeps({ ...context, streams: dynamoDbStreams(), parkedQueueUrl, whenTrimmed }),
    activity: new ActivityLog({
      ...context,
      onLostEnd: ({ id, action }, error) => {
        const reason = loggableReason(error);
        own.logger.warn('The activity log does not have the end of an action', { id, action, reason });
      },
    }),
    pageTokens: pageTokens(context.clock),
    ...own,
    cloudWatch: cloudWatch(),
    lambda: lambda(),
    service: env.POWERTOOLS_SERVICE_NAME,
    functions: {
      'order-events': env.ORDER_EVENTS_FUNCTION_NAME,
      'search-index': env.SEARCH_INDEX_FUNCTION_NAME,
    },
    mappingId: async (consumer: ConsumerName) => mappingIds[consumer],
    deadLetterQueueUrls: Object.values(context.places).map(({ deadLetterQueueUrl }) => deadLetterQueueUrl),
  };
}

export const handler = functionHandler(() => operatorsHandler(operatorsDeps()));
