import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DeleteTopicCommand,
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { ulid } from 'ulid';
import { OrderId } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { Clock } from '../../../pipelines/clock.ts';
import { inChunks } from '../../../pipelines/dynamodb/batches.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import type { LocalFunction } from '../lambda/local-function.ts';
import type { LocalClients } from '../system/local-clients.ts';
import type { LocalSystem } from '../system/local-system.ts';
import type { SystemParts } from '../system/system-parts.ts';
import { brokenItems } from './broken-items.ts';

/** What a fault is done to. */
export type FaultTarget = Pick<
  LocalSystem,
  'clients' | 'functions' | 'names' | 'parts' | 'plan' | 'restoreMessaging'
>;

/** How a fault is played. */
export interface FaultOptions {
  /** Whose function crashes. */
  readonly consumer: ConsumerName;
  /** How many items are broken. */
  readonly items: number;
  readonly clock: Pick<Clock, 'now'>;
}

/** Undoes a fault completely. It may be called again after an error. */
export type Heal = () => Promise<void>;

/** One thing to practise. `begin` returns when the fault has begun; a fault without `heal` is over then. */
export interface Fault {
  readonly what: string;
  begin(target: FaultTarget, options: FaultOptions): Promise<Heal | undefined>;
}

/** The part is not one of this system's own processes. */
export class PartNotOwnedError extends OrderStreamError {
  readonly code = 'part-not-owned';
  readonly remedy = 'Start the system without OPENSEARCH_URL, and look into its log if the part has ended.';
}

const FUNCTIONS: Readonly<Record<ConsumerName, string>> = {
  'order-events': 'OrderEventsFunction',
  'search-index': 'SearchIndexFunction',
};

/** Items in a BatchWriteItem request. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html. */
const BATCH_ITEMS_MAX = 25;
const WATERMARK = 'cluster.routing.allocation.disk.watermark';
/** More than any disk has. */
export const UNREACHABLE = '1000000tb';
const READ_ONLY_BLOCK = 'index.blocks.read_only_allow_delete';

/** The faults that `ops chaos` knows, by name. */
export const FAULTS = {
  opensearch: {
    what: 'OpenSearch is frozen: it accepts connections and never responds',
    begin: async ({ parts }) => freeze(parts, 'openSearch'),
  },
  dynamodb: {
    what: 'DynamoDB Local is frozen: it accepts connections and never responds',
    begin: async ({ parts }) => freeze(parts, 'dynamoDb'),
  },
  queue: {
    what: 'SQS is frozen, with SNS and S3, which are the same process',
    begin: async ({ parts }) => freeze(parts, 'messaging'),
  },
  topic: { what: 'the topic of the order events is deleted', begin: deleteTopic },
  function: {
    what: "a consumer's function crashes at each invocation",
    begin: async ({ functions }, { consumer }) => {
      const crashing = functions.get(FUNCTIONS[consumer]);
      await crashing?.crashAtEachInvocation(true);
      return async () => crashing?.crashAtEachInvocation(false);
    },
  },
  'full-disk': {
    what: 'OpenSearch finds its disk full within ten seconds, and makes its indices read-only',
    begin: async ({ clients, parts }) => {
      requirePid(parts, 'openSearch');
      await setDiskWatermarks(clients, UNREACHABLE);
      return () => freeDisk(clients);
    },
  },
  'broken-items': {
    what: 'a writer puts orders into the table that violate the contract, by three causes; fix or purge their dead letters',
    begin: async (target, options) => {
      await writeBrokenItems(target, options);
      return undefined;
    },
  },
} satisfies Readonly<Record<string, Fault>>;

function requirePid(parts: SystemParts, name: keyof SystemParts): void {
  if (parts[name].pid === undefined)
    throw new PartNotOwnedError(`${name} does not run as a process of this system`);
}

function freeze(parts: SystemParts, name: keyof SystemParts): Heal {
  requirePid(parts, name);
  parts[name].pause();
  return async () => parts[name].resume();
}

/** Deletes the topic. Its end restores the template's subscriptions, and those that a user has made, with their attributes; no function publishes before that. */
async function deleteTopic(target: FaultTarget): Promise<Heal> {
  const {
    clients: { sns },
    plan,
    restoreMessaging,
  } = target;
  const templates = new Set([
    ...plan.subscriptions.map(({ endpoint }) => endpoint),
    ...plan.topicEndpoints.map(({ queue }) => queue.arn),
  ]);
  const made: SubscribeCommand[] = [];
  for (const { arn: TopicArn } of plan.topics) {
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic(
      { client: sns },
      { TopicArn },
    )) {
      for (const { SubscriptionArn, Endpoint = '', Protocol } of Subscriptions) {
        if (templates.has(Endpoint)) continue;
        const { Attributes = {} } = await sns.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }));
        made.push(
          new SubscribeCommand({ TopicArn, Protocol, Endpoint, Attributes: settableAttributes(Attributes) }),
        );
      }
    }
    await sns.send(new DeleteTopicCommand({ TopicArn }));
  }
  return async () => {
    // A topic without its subscriptions accepts an event, and no subscriber gets it. So none is published until all is there, also while this is
    // tried again.
    for (const publisher of publishers(target)) await publisher.crashAtEachInvocation(true);
    await restoreMessaging();
    // A repeated Subscribe with the same endpoint and attributes returns the existing subscription.
    for (const subscribe of made) await sns.send(subscribe);
    for (const publisher of publishers(target)) await publisher.crashAtEachInvocation(false);
  };
}

/** The functions that have a topic in their environment. */
function publishers({ plan, functions }: FaultTarget): readonly LocalFunction[] {
  const topics = new Set(plan.topics.map(({ arn }) => arn));
  return plan.functions
    .filter(({ environment }) => Object.values(environment).some((value) => topics.has(value)))
    .flatMap(({ logicalId }) => functions.get(logicalId) ?? []);
}

/** The attributes that Subscribe takes. See https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html. */
const SETTABLE = [
  'RawMessageDelivery',
  'FilterPolicy',
  'FilterPolicyScope',
  'RedrivePolicy',
  'DeliveryPolicy',
];
const settableAttributes = (attributes: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => SETTABLE.includes(name)));

/**
 * Sets the free space below which OpenSearch stops writing (the flood stage), or with `null` lets it ignore the disk as it did.
 * See https://docs.opensearch.org/2.19/install-and-configure/configuring-opensearch/cluster-settings/.
 */
export async function setDiskWatermarks(
  { openSearch }: Pick<LocalClients, 'openSearch'>,
  freeBytes: string | null,
): Promise<void> {
  const isSet = freeBytes !== null;
  await openSearch.cluster.putSettings({
    body: {
      transient: {
        // OpenSearch does not check more often.
        'cluster.info.update.interval': isSet ? '10s' : null,
        'cluster.routing.allocation.disk.threshold_enabled': isSet ? true : null,
        [`${WATERMARK}.low`]: freeBytes,
        [`${WATERMARK}.high`]: freeBytes,
        [`${WATERMARK}.flood_stage`]: freeBytes,
      },
    },
  });
}

async function freeDisk(clients: LocalClients): Promise<void> {
  await setDiskWatermarks(clients, null);
  // While it ignores the disk, OpenSearch does not remove the block itself.
  await clients.openSearch.indices.putSettings({ index: '*', body: { [READ_ONLY_BLOCK]: null } });
}

async function writeBrokenItems(
  { clients, names }: FaultTarget,
  { items, clock }: FaultOptions,
): Promise<void> {
  const broken = [...brokenItems(items, { clock, newOrderId: () => parse(OrderId, ulid()) })];
  await inChunks(broken, BATCH_ITEMS_MAX, async (batch) => {
    const requests = batch.map((Item) => ({ PutRequest: { Item } }));
    await clients.dynamoDb.send(
      new BatchWriteItemCommand({ RequestItems: { [names['Table'] ?? '']: requests } }),
    );
    return [];
  });
}
