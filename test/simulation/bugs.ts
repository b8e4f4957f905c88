import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
  QueryCommand,
  TransactionCanceledException,
  TransactionInProgressException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PublishBatchCommand, type PublishBatchCommandOutput, type SNSClient } from '@aws-sdk/client-sns';
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandOutput,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { productKey } from '../../contracts/entities/product.ts';
import { reservationKey } from '../../contracts/entities/reservation.ts';
import { Version } from '../../contracts/ids.ts';
import { deadLetterItemKey } from '../../contracts/operations/operations-items.ts';
import type { BackfillDeps } from '../../pipelines/backfill/backfill.ts';
import { type Clock, instantOf } from '../../pipelines/clock.ts';
import type { ReplayConsumer } from '../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import { RecordNotOfTableError } from '../../pipelines/dead-letters/replay/require-genuine.ts';
import { deadLetterIdOf } from '../../pipelines/operations/dead-letter-entry.ts';
import { Publications } from '../../pipelines/operations/publications.ts';
import { OrderInventory } from '../../pipelines/order-events/inventory/order-inventory.ts';
import {
  nextReservation,
  reservationRequestOf,
  stockLinesOf,
} from '../../pipelines/order-events/inventory/reservation-step.ts';
import { changeStock } from '../../pipelines/order-events/inventory/stock-table.ts';
import { lifecycleEvent } from '../../pipelines/order-events/notification/order-lifecycle.ts';
import { OrderNotifications, OrderTopic } from '../../pipelines/order-events/notification/order-topic.ts';
import { type OrderHandler, orderEventsConsumer } from '../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../pipelines/order-events/order-handlers.ts';
import { SearchIndex } from '../../pipelines/search/indexing/search-index.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../../pipelines/search/open-search.ts';
import { consume } from '../../pipelines/stream/consume.ts';
import { decodeChange } from '../../pipelines/stream/decode.ts';
import { recordIdentity } from '../../pipelines/stream/lambda-record.ts';
import type { StreamConsumer } from '../../pipelines/stream/stream-consumer.ts';
import { emailHashes } from '../builders/email-hash.ts';
import type { Clients } from './clients.ts';
import { OPERATIONS_TABLE, PLACES, SCHEMA_BASE_URL, simulatedSettings, TABLE, TOPIC_ARN } from './places.ts';
import { type Seams, SOUND } from './seams.ts';

/** A possible mistake, made at a seam. Nothing of pipelines/ is changed. */
export interface Bug {
  readonly name: string;
  readonly what: string;
  readonly seams: Seams;
}

const clock: Clock = { now: () => new Date(), firstVersion: () => Version.parse(Date.now() * 1_000) };

/** A client whose every command goes through `send` instead. */
const through = <Client extends { send: unknown }>(
  client: Client,
  send: (
    command: unknown,
    pass: (command: unknown) => Promise<unknown>,
    options: unknown,
  ) => Promise<unknown>,
): Client => {
  const sound = (command: unknown, options: unknown): Promise<unknown> =>
    (client.send as (command: unknown, options: unknown) => Promise<unknown>).call(client, command, options);
  return {
    send: (command: unknown, options: unknown) => send(command, (other) => sound(other, options), options),
  } as unknown as Client;
};

type BackfillQueue = BackfillDeps['queue'];

const sendingBy =
  (
    send: (queue: BackfillQueue, ...sent: Parameters<BackfillQueue['send']>) => Promise<void>,
  ): Seams['backfill'] =>
  (deps) => ({ ...deps, queue: { send: (...sent) => send(deps.queue, ...sent) } });

const withDynamoDb = (change: (actions: TransactWriteItem[]) => TransactWriteItem[]): Seams['clients'] => {
  const changed = (dynamoDb: DynamoDBClient): DynamoDBClient =>
    through(dynamoDb, (command, pass) =>
      command instanceof TransactWriteItemsCommand
        ? pass(
            new TransactWriteItemsCommand({
              ...command.input,
              TransactItems: change(command.input.TransactItems ?? []),
            }),
          )
        : pass(command),
    );
  return (_, clients) => ({ ...clients, dynamoDb: changed(clients.dynamoDb) });
};

const withBulk = (
  change: (ndjson: string) => string,
  bodyOf = (body: unknown): unknown => body,
): Seams['clients'] => {
  const changed = ({ transport }: OpenSearchClient): OpenSearchClient => ({
    transport: {
      request: (request: OpenSearchRequest, limits) => {
        const { bulkBody } = request;
        if (bulkBody === undefined) return transport.request(request, limits);
        const pending = transport.request({ ...request, bulkBody: change(bulkBody) }, limits);
        const adapted = Promise.resolve(pending).then(({ statusCode, body }) => ({
          statusCode,
          body: bodyOf(body),
        }));
        return Object.assign(adapted, { abort: () => pending.abort() });
      },
    },
  });
  return (_, clients) => ({ ...clients, openSearch: changed(clients.openSearch) });
};

const isTypeOf = (action: TransactWriteItem, type: string): boolean =>
  action.Put?.Item?.['entityType']?.S === type;

const isDeadLetterIn = (action: TransactWriteItem, state: string): boolean =>
  isTypeOf(action, 'DeadLetter') && action.Put?.Item?.['state']?.S === state;

function withNewId(put: NonNullable<TransactWriteItem['Put']>): NonNullable<TransactWriteItem['Put']> {
  const id = deadLetterIdOf(undefined, `${put.Item?.['id']?.S} ${put.Item?.['attempts']?.N}`);
  return { ...put, Item: { ...put.Item, ...marshall({ ...deadLetterItemKey(id), id }) } };
}

/** Releases an order's stock by its own lines, without its reservation. */
function carelessRelease({ dynamoDb }: Clients, inner: OrderHandler): OrderHandler {
  return {
    handle: async (change, signal) => {
      const requested = reservationRequestOf(change);
      if (requested?.kind !== 'free') return inner.handle(change, signal);
      const { orderId } = requested.order;
      const lines = stockLinesOf(requested.order.lines);
      const next = nextReservation(undefined, requested, { state: 'RELEASED', lines: [] }, clock);
      await dynamoDb.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Put: {
                TableName: TABLE,
                Item: marshall({ ...next, ...reservationKey(orderId) }, { removeUndefinedValues: true }),
              },
            },
            ...lines
              .map(({ sku, quantity }) =>
                changeStock(TABLE, { sku, held: -quantity, leavesPlenty: false }, instantOf(clock.now())),
              )
              .map(({ Update }) => ({
                Update: Update && { ...Update, Key: marshall(productKey(skuOf(Update.Key))) },
              })),
          ],
        } as TransactWriteItemsCommand['input']),
      );
    },
  };
}
const skuOf = (key: Record<string, { S?: string | undefined }> | undefined) =>
  (key?.['pk']?.S ?? '').replace('PRODUCT#', '') as Parameters<typeof productKey>[0];

type Accept = ReplayConsumer['deadLetters']['accept'];

/** Replays whose records that fail again are taken by something else. */
function withAccept(change: (accept: Accept) => Accept): Seams['replayConsumers'] {
  const changed = ({ deadLetters, ...consumer }: ReplayConsumer): ReplayConsumer => ({
    ...consumer,
    deadLetters: { accept: change((poison, signal) => deadLetters.accept(poison, signal)) },
  });
  return (consumers) => ({
    'order-events': changed(consumers['order-events']),
    'search-index': changed(consumers['search-index']),
  });
}

/** The consumer of orders without any check of a record. */
const trusting = (clients: Clients): StreamConsumer =>
  orderEventsConsumer(
    orderHandlers({
      ...clients,
      ...simulatedSettings({ orderRetentionDays: 0, statsParts: 1, highValueThreshold: 0 }),
      clock,
    }),
  );

/** Ten mistakes and more, each at one place. */
export const BUGS: readonly Bug[] = [
  {
    name: 'stock-without-condition',
    what: 'changes stock without the condition that there is enough',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.map((action) =>
          action.Update?.ConditionExpression?.startsWith('stock >=')
            ? { Update: withoutNeeded(action.Update) }
            : action,
        ),
      ),
    },
  },
  {
    name: 'reservation-without-condition',
    what: 'writes a reservation without the condition that it is as it was read',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.map((action) =>
          isTypeOf(action, 'Reservation') && action.Put ? { Put: withoutValues(action.Put) } : action,
        ),
      ),
    },
  },
  {
    name: 'import-while-reserved',
    what: 'imports an order while a removed one of its id holds stock',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.filter(
          ({ ConditionCheck }) => !ConditionCheck?.ConditionExpression?.startsWith('attribute_not_exists'),
        ),
      ),
    },
  },
  {
    name: 'confirmed-by-older-reservation',
    what: 'confirms an order by a reservation for any version of it',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.map((action) =>
          action.ConditionCheck?.ConditionExpression?.startsWith('#state = :reserved')
            ? { ConditionCheck: { ...action.ConditionCheck, ConditionExpression: '#state = :reserved' } }
            : action,
        ),
      ),
    },
  },
  {
    name: 'counted-version-without-condition',
    what: 'counts stats without the condition that the counted version is as it was read',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.map((action) =>
          isTypeOf(action, 'Tally') && action.Put ? { Put: withoutValues(action.Put) } : action,
        ),
      ),
    },
  },
  {
    name: 'release-without-state',
    what: 'releases the stock of a cancelled or removed order without its reservation',
    seams: {
      ...SOUND,
      orderHandlers: (handlers, clients) =>
        handlers.map((handler) =>
          handler instanceof OrderInventory ? carelessRelease(clients, handler) : handler,
        ),
    },
  },
  {
    name: 'lost-part-of-stats',
    what: 'counts orders without adding to a further part of the stats of their day',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.filter(({ Update }) => !/^STATS#.*#/.test(Update?.Key?.['pk']?.S ?? '')),
      ),
    },
  },
  {
    name: 'joined-stock-twice',
    what: 'takes the pieces of orders that are joined in one transaction out of the stock twice',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.filter((action) => isTypeOf(action, 'Reservation')).length < 2
          ? actions
          : actions.map((action) => (action.Update ? { Update: withDoubleHeld(action.Update) } : action)),
      ),
    },
  },
  {
    name: 'conflict-as-no-stock',
    what: 'takes a conflict at a product for stock that does not suffice',
    seams: {
      ...SOUND,
      clients: (_, clients) => ({ ...clients, dynamoDb: withoutStockAfterConflict(clients.dynamoDb) }),
    },
  },
  {
    name: 'out-of-index-though-low',
    what: 'takes a product out of the index of low stock without the condition that plenty is left',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.map((action) => (action.Update ? { Update: leavingAny(action.Update) } : action)),
      ),
    },
  },
  {
    name: 'ack-before-dead-letter',
    what: 'counts a poison record as done before the dead-letter queue has accepted it',
    seams: {
      ...SOUND,
      deadLetters: (queue) => ({
        accept: async (poison, signal) => {
          queue.accept(poison, signal).catch(() => undefined);
          return deadLetterIdOf(undefined, '');
        },
      }),
    },
  },
  {
    name: 'stored-after-message',
    what: 'writes a dead letter to the store only after its message is on the queue',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions
          .filter((action) => !isDeadLetterIn(action, 'unqueued'))
          .map((action) =>
            isDeadLetterIn(action, 'waiting') && action.Put ? { Put: withoutValues(action.Put) } : action,
          ),
      ),
    },
  },
  {
    name: 'deleted-while-open',
    what: 'deletes the message of a dead letter that the store still says is open',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) => actions.filter((action) => !isDeadLetterIn(action, 'replayed'))),
    },
  },
  {
    name: 'new-id-with-replay',
    what: 'gives a dead letter another id in the store when its replay fails',
    seams: {
      ...SOUND,
      clients: withDynamoDb((actions) =>
        actions.map((action) =>
          isTypeOf(action, 'DeadLetter') && Number(action.Put?.Item?.['attempts']?.N) > 1 && action.Put
            ? { Put: withNewId(withoutValues(action.Put)) }
            : action,
        ),
      ),
    },
  },
  {
    name: 'delete-at-same-version',
    what: 'removes a document under the version of its last image, and not the one after it (version + 0)',
    seams: {
      ...SOUND,
      clients: withBulk((ndjson) =>
        ndjson.replace(
          /^(\{"delete":.*"version":)(\d+)/gm,
          (_, before: string, version: string) => `${before}${Number(version) - 1}`,
        ),
      ),
    },
  },
  {
    name: 'last-write-wins',
    what: 'writes documents without their version, so that the last request wins',
    seams: {
      ...SOUND,
      clients: withBulk((ndjson) => ndjson.replace(/,"version":\d+,"version_type":"external_gte"/g, '')),
    },
  },
  {
    name: 'success-on-partial-failure',
    what: 'counts the entries of a PublishBatch that failed as published',
    seams: {
      ...SOUND,
      clients: (_, clients) => ({
        ...clients,
        sns: through<SNSClient>(clients.sns, async (command, pass) => {
          const response = (await pass(command)) as PublishBatchCommandOutput;
          return {
            ...response,
            Successful: [...(response.Successful ?? []), ...(response.Failed ?? [])],
            Failed: [],
          };
        }),
      }),
    },
  },
  {
    name: 'random-notification-id',
    what: 'gives an event a new id each time it is published',
    seams: {
      ...SOUND,
      clients: (_, clients) => ({
        ...clients,
        sns: through<SNSClient>(clients.sns, (command, pass) => {
          if (!(command instanceof PublishBatchCommand)) return pass(command);
          const entries = (command.input.PublishBatchRequestEntries ?? []).map((entry) => ({
            ...entry,
            Message: JSON.stringify({ ...JSON.parse(entry.Message ?? ''), id: randomUUID() }),
          }));
          return pass(new PublishBatchCommand({ ...command.input, PublishBatchRequestEntries: entries }));
        }),
      }),
    },
  },
  {
    name: 'group-goes-on',
    what: 'continues with later records of an item after one of them failed',
    seams: {
      ...SOUND,
      consume: async (event, context, deps) => {
        const responses = await Promise.all(
          event.Records.map((record) => consume({ Records: [record] }, context, deps)),
        );
        return { batchItemFailures: responses.flatMap(({ batchItemFailures }) => batchItemFailures) };
      },
    },
  },
  {
    name: 'reports-last-failure',
    what: 'reports the last record that failed, and not the first',
    seams: {
      ...SOUND,
      consume: async (event, context, deps) => {
        const { batchItemFailures } = await consume(event, context, deps);
        return { batchItemFailures: batchItemFailures.slice(-1) };
      },
    },
  },
  {
    name: 'skips-by-the-newest',
    what: "leaves out an item's changes when the newest of a batch changes nothing in the index",
    seams: {
      ...SOUND,
      consume: (event, context, deps) => {
        const { changesNothing, ...consumer } = deps.consumer;
        const handle: typeof consumer.handle = async (change, signal) => {
          if (!changesNothing?.(change)) await consumer.handle(change, signal);
        };
        return consume(event, context, { ...deps, consumer: { ...consumer, handle } });
      },
    },
  },
  {
    name: 'replays-old-image',
    what: "replays a dead letter's own image into the index as if it were the newest",
    seams: {
      ...SOUND,
      replayConsumers: (consumers, { openSearch }) => {
        const latest = withBulk((ndjson) =>
          ndjson.replace(/"version":\d+,"version_type"/g, `"version":${Date.now() * 1_000},"version_type"`),
        );
        const index = new SearchIndex({
          emailHash: emailHashes,
          client: latest('redrive', { openSearch } as Clients).openSearch,
        });
        return {
          ...consumers,
          'search-index': {
            ...consumers['search-index'],
            replayRecord: async (record, signal) => {
              await index.handle(decodeChange(record), signal);
              return 'replayed';
            },
          },
        };
      },
    },
  },
  {
    name: 'recorded-before-accepted',
    what: 'records an event as published before the topic has accepted it',
    seams: {
      ...SOUND,
      orderHandlers: ([, ...others], clients) => [
        new OrderNotifications({ topic: recordingFirst(clients) }),
        ...others,
      ],
    },
  },
  {
    name: 'fact-forgotten-by-retry',
    what: 'publishes the status alone when a change whose events failed comes again, and no order.high-value',
    seams: {
      ...SOUND,
      orderHandlers: ([sound, ...others], clients) =>
        sound === undefined ? others : [forgettingFacts(clients, sound), ...others],
    },
  },
  {
    name: 'dead-letter-deleted-first',
    what: 'deletes a dead letter when it is received, before its records have succeeded',
    seams: {
      ...SOUND,
      clients: (_, clients) => ({
        ...clients,
        sqs: through<SQSClient>(clients.sqs, async (command, pass) => {
          const response = await pass(command);
          if (!(command instanceof ReceiveMessageCommand)) return response;
          const { QueueUrl } = command.input;
          if (!Object.values(PLACES).some(({ deadLetterQueueUrl }) => deadLetterQueueUrl === QueueUrl))
            return response;
          for (const { ReceiptHandle } of (response as ReceiveMessageCommandOutput).Messages ?? [])
            await pass(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
          return response;
        }),
      }),
    },
  },
  {
    name: 'deleted-though-one-failed',
    what: 'deletes a batch that Lambda gave up though one of its records failed again',
    seams: {
      ...SOUND,
      replayConsumers: withAccept(
        (accept) => async (poison, signal) =>
          poison.batch === undefined
            ? accept(poison, signal)
            : deadLetterIdOf(undefined, recordIdentity(poison.record).eventId),
      ),
    },
  },
  {
    name: 'attempts-never-rise',
    what: 'sends a dead letter whose replay failed with the attempts that it had',
    seams: {
      ...SOUND,
      replayConsumers: withAccept(
        (accept) => (poison, signal) =>
          accept({ ...poison, attempts: Math.max(1, poison.attempts - 1) }, signal),
      ),
    },
  },
  {
    name: 'replays-what-table-contradicts',
    what: 'replays a record that the table contradicts, as it is in its dead letter',
    seams: {
      ...SOUND,
      replayConsumers: (consumers, clients) => ({
        ...consumers,
        'order-events': {
          ...consumers['order-events'],
          replayRecord: (record, signal) =>
            consumers['order-events'].replayRecord(record, signal).catch(async (error: unknown) => {
              if (!(error instanceof RecordNotOfTableError)) throw error;
              await trusting(clients).handle(decodeChange(record), signal);
              return 'replayed' as const;
            }),
        },
      }),
    },
  },
  {
    name: 'checkpoint-before-accepted',
    what: 'writes the checkpoint of a backfill before the queue has accepted the events of its page',
    seams: {
      ...SOUND,
      backfill: sendingBy(async (queue, event, signal) => {
        queue.send(event, signal).catch(() => undefined);
      }),
    },
  },
  {
    name: 'backfill-without-facts',
    what: 'sends the statuses of orders alone in a backfill, and no order.high-value',
    seams: {
      ...SOUND,
      backfill: sendingBy(async (queue, event, signal) => {
        if (event.type !== 'order.high-value') await queue.send(event, signal);
      }),
    },
  },
  {
    name: 'backfill-of-first-page',
    what: 'reads only the first page of the publications of an order in a backfill',
    seams: {
      ...SOUND,
      backfill: (deps) => ({ ...deps, dynamoDb: withFirstOnly(deps.dynamoDb) }),
    },
  },
];

/** Reads publications of which one fits a page, the newest first, and no further page. */
const withFirstOnly = (dynamoDb: DynamoDBClient): DynamoDBClient =>
  through(dynamoDb, (command, pass) =>
    command instanceof QueryCommand
      ? pass(new QueryCommand({ ...command.input, ScanIndexForward: false, Limit: 1 })).then((page) => ({
          ...(page as object),
          LastEvaluatedKey: undefined,
        }))
      : pass(command),
  );

const publicationsOf = ({ dynamoDb }: Clients): Publications =>
  new Publications({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock });

const topicOf = ({ sns }: Clients, record: Publications['record']): OrderTopic =>
  new OrderTopic({ sns, topicArn: TOPIC_ARN, schemaBaseUrl: SCHEMA_BASE_URL, publications: { record } });

function recordingFirst(clients: Clients): Pick<OrderTopic, 'publish'> {
  const topic = topicOf(clients, async () => undefined);
  return {
    publish: async (event, signal) => {
      await publicationsOf(clients).record([{ event, messageId: 'not known yet' }], signal);
      await topic.publish(event, signal);
    },
  };
}

function forgettingFacts(clients: Clients, sound: OrderHandler): OrderHandler {
  const topic = topicOf(clients, (published, signal) => publicationsOf(clients).record(published, signal));
  const failed = new Set<string>();
  return {
    handle: async (change, signal) => {
      const event = lifecycleEvent(change);
      if (failed.has(change.eventId)) return event && topic.publish(event, signal);
      failed.add(change.eventId);
      await sound.handle(change, signal);
      failed.delete(change.eventId);
    },
  };
}

function withDoubleHeld(update: Conditional): Conditional {
  const { ':held': held, ...values } = update.ExpressionAttributeValues ?? {};
  if (held === undefined) return update;
  return {
    ...update,
    ExpressionAttributeValues: { ...values, ':held': { N: String(2 * Number(held.N)) } },
  };
}

function leavingAny(update: Conditional): Conditional {
  const { ':held': held } = update.ExpressionAttributeValues ?? {};
  if (held === undefined || !update.UpdateExpression?.endsWith('REMOVE GSI2PK')) return update;
  return { ...update, ExpressionAttributeValues: { ...update.ExpressionAttributeValues, ':needed': held } };
}

/** Reads a product whose last write met a conflict as one without any stock. */
function withoutStockAfterConflict(dynamoDb: DynamoDBClient): DynamoDBClient {
  const contended = new Set<string | undefined>();
  return through(dynamoDb, async (command, pass) => {
    if (command instanceof TransactWriteItemsCommand)
      return pass(command).catch((error: unknown) => {
        const products = productsInConflict(command, error);
        for (const pk of products) contended.add(pk);
        throw products.length === 0
          ? error
          : new TransactionInProgressException({ message: '', $metadata: {} });
      });
    const response = await pass(command);
    if (!(command instanceof BatchGetItemCommand)) return response;
    const { Responses = {} } = response as BatchGetItemCommandOutput;
    const read = (Responses[TABLE] ?? []).map((item) =>
      contended.has(item['pk']?.S) ? { ...item, stock: { N: '0' } } : item,
    );
    return { ...(response as object), Responses: { ...Responses, [TABLE]: read } };
  });
}

function productsInConflict({ input }: TransactWriteItemsCommand, error: unknown): readonly string[] {
  if (!(error instanceof TransactionCanceledException)) return [];
  return (error.CancellationReasons ?? []).flatMap(({ Code }, place) => {
    const pk = input.TransactItems?.[place]?.Update?.Key?.['pk']?.S ?? '';
    return Code === 'TransactionConflict' && pk.startsWith('PRODUCT#') ? [pk] : [];
  });
}

type Conditional = NonNullable<TransactWriteItem['Update']>;

/** The models, as DynamoDB, take no value that no expression uses; the condition's is removed with it. */
function withoutNeeded(update: Conditional): Conditional {
  const { ConditionExpression, ExpressionAttributeValues, ...rest } = update;
  const { ':needed': _, ...values } = ExpressionAttributeValues ?? {};
  return { ...rest, ExpressionAttributeValues: values };
}

function withoutValues(put: NonNullable<TransactWriteItem['Put']>): NonNullable<TransactWriteItem['Put']> {
  const { ConditionExpression, ExpressionAttributeValues, ...rest } = put;
  return rest;
}

/** The bug of that name. */
export function bugNamed(name: string): Bug {
  const bug = BUGS.find((one) => one.name === name);
  if (bug === undefined)
    throw new RangeError(`No bug is called ${name}: ${BUGS.map((one) => one.name).join(', ')}`);
  return bug;
}
