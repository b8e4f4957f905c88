import type { operatorOperations } from '../../contracts/api/operators.ts';
import {
  purgeStep,
  type RecordedDeps,
  recordedFix,
  replayStep,
} from '../dead-letters/actions/recorded-actions.ts';
import { queueOf } from '../dead-letters/actions/selected-queues.ts';
import { deadLetterCauses } from '../dead-letters/list/dead-letter-causes.ts';
import { deadLetterPage } from '../dead-letters/list/dead-letter-page.ts';
import { deadLetterView } from '../dead-letters/list/show-dead-letter.ts';
import { type ActivityLog, activityPage } from '../operations/activity.ts';
import { latestVerifications } from '../operations/verification-runs.ts';
import type { PageTokens } from '../paging/page-tokens.ts';
import { type EnableConsumerDeps, enableConsumer } from '../status/consumer-mappings.ts';
import { readLagHistory } from '../status/consumer-metrics.ts';
import { readStatus, type StatusDeps } from '../status/read-status.ts';
import { readThroughput } from '../throughput/read-throughput.ts';
import { type OrderTimelineDeps, orderTimeline } from '../timeline/order-timeline.ts';
import type { Implementations } from './implementation.ts';

/** The part of the function's 29 s in which queues are read; hidden messages must be given back after it. */
const QUEUE_MS_MAX = 10_000;
const queueSignal = (): AbortSignal => AbortSignal.timeout(QUEUE_MS_MAX);

export type OperatorsDeps = RecordedDeps &
  StatusDeps &
  EnableConsumerDeps &
  OrderTimelineDeps & { readonly activity: ActivityLog; readonly pageTokens: PageTokens };

/** What operators see and repair: the timeline of an order, the throughput, the dead letters, and what operators did. */
export const operatorsApi = (deps: OperatorsDeps): Implementations<(typeof operatorOperations)[number]> => ({
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
