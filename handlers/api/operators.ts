import { operatorOperations } from '../../contracts/api/operators.ts';
import {
  purgeStep,
  type RecordedDeps,
  recordedFix,
  replayStep,
} from '../../pipelines/dead-letters/actions/recorded-actions.ts';
import { operatorDeps, queueOf } from '../../pipelines/dead-letters/actions/selected-queues.ts';
import { deadLetterCauses } from '../../pipelines/dead-letters/list/dead-letter-causes.ts';
import { deadLetterPage } from '../../pipelines/dead-letters/list/dead-letter-page.ts';
import { deadLetterView } from '../../pipelines/dead-letters/list/show-dead-letter.ts';
import { RecordsTrimmedError } from '../../pipelines/dead-letters/replay/automatic-replay.ts';
import { ActivityLog, activityPage } from '../../pipelines/operations/activity.ts';
import { latestVerifications } from '../../pipelines/operations/verification-runs.ts';
import type { PageTokens } from '../../pipelines/paging/page-tokens.ts';
import { type EnableConsumerDeps, enableConsumer } from '../../pipelines/status/consumer-mappings.ts';
import { readLagHistory } from '../../pipelines/status/consumer-metrics.ts';
import { readStatus, type StatusDeps } from '../../pipelines/status/read-status.ts';
import { readThroughput } from '../../pipelines/throughput/read-throughput.ts';
import { type OrderTimelineDeps, orderTimeline } from '../../pipelines/timeline/order-timeline.ts';
import { cloudWatch, dynamoDbStreams, lambda } from '../clients.ts';
import { consumerContext } from '../consumer-context.ts';
import { emailHashSource } from '../email-hash.ts';
import { environment } from '../environment.ts';
import { functionHandler } from '../http/function-handler.ts';
import { type ApiHandler, resource } from '../http/resource.ts';
import { pageTokens } from '../page-tokens.ts';
import { resourceDeps, type TableDeps } from './dependencies.ts';

/** The part of the function's 29 s in which queues are read; hidden messages must be given back after it. */
const QUEUE_MS_MAX = 10_000;
const queueSignal = (): AbortSignal => AbortSignal.timeout(QUEUE_MS_MAX);

type OperatorsDeps = TableDeps &
  RecordedDeps &
  StatusDeps &
  EnableConsumerDeps &
  Pick<OrderTimelineDeps, 'mailboxTableName'> & { readonly pageTokens: PageTokens };

/** What operators see and repair: the timeline of an order, the throughput, the dead letters, and what operators did. */
export const operatorsHandler = (deps: OperatorsDeps): ApiHandler =>
  resource(deps, operatorOperations, {
    getStatus: () => readStatus(deps),
    getLagHistory: ({ query: { minutes } }) => readLagHistory(deps, minutes),
    pauseConsumer: ({ path, caller }) => enableConsumer(deps, path.consumer, false, caller.sub),
    resumeConsumer: ({ path, caller }) => enableConsumer(deps, path.consumer, true, caller.sub),
    getOrderTimeline: ({ path }) => orderTimeline(deps, path),
    getThroughput: () => readThroughput(deps),
    listDeadLetters: ({ query, caller }) => deadLetterPage(deps, { ...query, caller: caller.sub }),
    listDeadLetterCauses: ({ query }) => deadLetterCauses(deps.store, query),
    getDeadLetter: ({ path }) => deadLetterView(deps, path.id, (item) => queueOf(deps, item), queueSignal()),
    replayDeadLetters: ({ body, caller }) => replayStep(deps, body, caller.sub, queueSignal()),
    purgeDeadLetters: ({ body, caller }) => purgeStep(deps, body, caller.sub, queueSignal()),
    fixDeadLetter: ({ path, body, caller }) =>
      recordedFix(deps, { ...body, ...path, actor: caller.sub }, queueSignal()),
    listVerifications: async () => ({ runs: [...(await latestVerifications(deps))] }),
    listActivity: ({ query, caller }) => activityPage(deps, { ...query, caller: caller.sub }),
  });

/** A request does not have the time for a scan of the table. */
const whenTrimmed = async (): Promise<never> => {
  throw new RecordsTrimmedError('The stream has trimmed the records of a batch');
};

/** Where mails are off there is none. */
const mailbox = (): Pick<OrderTimelineDeps, 'mailboxTableName'> =>
  environment('ORDER_MAILS').ORDER_MAILS === 'Enabled'
    ? { mailboxTableName: environment('MAILBOX_TABLE_NAME').MAILBOX_TABLE_NAME }
    : {};

function operatorsDeps(): OperatorsDeps {
  const env = environment(
    ...(['ORDER_EVENTS_FUNCTION_NAME', 'SEARCH_INDEX_FUNCTION_NAME', 'POWERTOOLS_SERVICE_NAME'] as const),
    'PARKED_QUEUE_URL',
    ...(['ORDER_EVENTS_MAPPING_ID', 'SEARCH_INDEX_MAPPING_ID'] as const),
  );
  const context = consumerContext(emailHashSource());
  const parkedQueueUrl = env.PARKED_QUEUE_URL;
  return {
    ...context,
    ...mailbox(),
    ...operatorDeps({ ...context, streams: dynamoDbStreams(), parkedQueueUrl, whenTrimmed }),
    activity: new ActivityLog(context),
    pageTokens: pageTokens(context.clock),
    ...resourceDeps(),
    cloudWatch: cloudWatch(),
    lambda: lambda(),
    service: env.POWERTOOLS_SERVICE_NAME,
    functions: {
      'order-events': env.ORDER_EVENTS_FUNCTION_NAME,
      'search-index': env.SEARCH_INDEX_FUNCTION_NAME,
    },
    mappingIds: async () => ({
      'order-events': env.ORDER_EVENTS_MAPPING_ID,
      'search-index': env.SEARCH_INDEX_MAPPING_ID,
    }),
    deadLetterQueueUrls: Object.values(context.places).map(({ deadLetterQueueUrl }) => deadLetterQueueUrl),
  };
}

export const handler = functionHandler(() => operatorsHandler(operatorsDeps()));
