import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import pLimit from 'p-limit';
import type { DeadLetterId } from '../../../contracts/api/dead-letters.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import type { Clock } from '../../clock.ts';
import type { OpenState } from '../../operations/dead-letter-entry.ts';
import { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import type { OrderRetention } from '../../orders/retention.ts';
import type { OpenDeadLetter } from '../list/dead-letter-selection.ts';
import type { FetchDeps } from '../parse/dead-letter.ts';
import type { PointerDeps } from '../parse/records-to-replay.ts';
import type { ReplayableQueue } from '../queue/queue-pass.ts';
import { type ReplayConsumersDeps, replayConsumers } from '../replay/replay-consumers.ts';
import type { ReplayConsumer } from '../replay/replay-dead-letter.ts';

/** What operators' actions on dead letters work with. */
export interface OperatorDeps extends PointerDeps, OrderRetention, FetchDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly streams: DynamoDBStreamsClient;
  readonly sqs: SQSClient;
  readonly tableName: string;
  readonly clock: Clock;
  readonly store: DeadLetterStore;
  readonly queueUrls: Readonly<Record<ConsumerName, string>>;
  readonly parkedQueueUrl: string;
  /** The consumers for the dead letters of each state: what fails again returns to the queue that it came from. */
  readonly consumers: Readonly<Record<OpenState, Readonly<Record<ConsumerName, ReplayConsumer>>>>;
}

/** The same consumers, queues and store for the API and the command line. */
export function operatorDeps(
  context: ReplayConsumersDeps & PointerDeps & { readonly parkedQueueUrl: string },
): OperatorDeps {
  const { places, parkedQueueUrl } = context;
  const parked = (name: ConsumerName) =>
    ({ ...places[name], deadLetterQueueUrl: parkedQueueUrl, deadLetterState: 'parked' }) as const;
  return {
    ...context,
    store: new DeadLetterStore(context),
    queueUrls: {
      'order-events': places['order-events'].deadLetterQueueUrl,
      'search-index': places['search-index'].deadLetterQueueUrl,
    },
    consumers: {
      waiting: replayConsumers(context),
      parked: replayConsumers({
        ...context,
        places: { 'order-events': parked('order-events'), 'search-index': parked('search-index') },
      }),
    },
  };
}

/** The dead-letter queues of the consumers, and the parking queue. */
export const allQueues = ({
  queueUrls,
  parkedQueueUrl,
}: Pick<OperatorDeps, 'queueUrls' | 'parkedQueueUrl'>): readonly ReplayableQueue[] => [
  ...ConsumerName.options.map((consumer) => ({ queueUrl: queueUrls[consumer], consumer })),
  { queueUrl: parkedQueueUrl, consumer: undefined },
];

/** The queue that a dead letter is on. */
export const queueOf = (
  { queueUrls, parkedQueueUrl }: Pick<OperatorDeps, 'queueUrls' | 'parkedQueueUrl'>,
  { state, consumer }: Pick<OpenDeadLetter, 'state' | 'consumer'>,
): ReplayableQueue =>
  state === 'parked'
    ? { queueUrl: parkedQueueUrl, consumer: undefined }
    : { queueUrl: queueUrls[consumer], consumer };

/** Dead letters of one queue. */
export interface QueueSelection {
  readonly queue: ReplayableQueue;
  readonly items: readonly OpenDeadLetter[];
}

/** Dead letters by the queue that each is on. */
export const byQueue = (
  deps: Pick<OperatorDeps, 'queueUrls' | 'parkedQueueUrl'>,
  items: readonly OpenDeadLetter[],
): readonly QueueSelection[] =>
  [...Map.groupBy(items, (item) => queueOf(deps, item).queueUrl).values()].flatMap((group) =>
    group[0] === undefined ? [] : { queue: queueOf(deps, group[0]), items: group },
  );

/** How many dead letters an action reads from the store at the same time. */
export const READS_AT_ONCE = 25;

/** Those that the store itself, which is consistent, has as open. @throws the SDK's own errors. */
export async function stillOpen(
  store: Pick<DeadLetterStore, 'get'>,
  items: readonly OpenDeadLetter[],
): Promise<readonly OpenDeadLetter[]> {
  const limit = pLimit(READS_AT_ONCE);
  const known = await Promise.all(items.map(({ id }) => limit(() => store.get(id))));
  return items.filter(({ state }, index) => known[index]?.state === state);
}

/** What became of dead letters that a complete pass over their queue did not find. */
export interface NotFound {
  /** Another receiver has them now. */
  readonly hidden: readonly DeadLetterId[];
  /** On no queue any more, although the store does not know: the queue has expired them, or a person purged it. */
  readonly lost: readonly DeadLetterId[];
}

/**
 * Looks at the store and the queue again for what a pass did not find; those that another operator ended meanwhile are in neither list.
 * SQS counts hidden messages approximately. A dead letter that is taken for lost by mistake is in the store again after the next pass
 * over its queue.
 *
 * @throws the SDK's own errors.
 */
export async function notFoundOn(
  { sqs, store }: Pick<OperatorDeps, 'sqs' | 'store'>,
  { queue, items }: QueueSelection,
): Promise<NotFound> {
  const open = (await stillOpen(store, items)).map(({ id }) => id);
  if (open.length === 0) return { hidden: [], lost: [] };
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: queue.queueUrl,
      AttributeNames: ['ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'],
    }),
  );
  const isIdle = Object.values(Attributes ?? {}).every((count) => count === '0');
  return isIdle ? { hidden: [], lost: open } : { hidden: open, lost: [] };
}
