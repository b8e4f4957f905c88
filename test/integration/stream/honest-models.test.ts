import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  ScanCommand,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  type _Record as SdkRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { CreateTopicCommand, PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageCommandOutput,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { Day, Instant, Sku, Version, versionAfter } from '../../../contracts/ids.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { deleteItem, putNew, updateItem } from '../../../pipelines/dynamodb/commit.ts';
import { countId } from '../../../pipelines/limits/counted-ids.ts';
import { addToStats } from '../../../pipelines/order-events/analytics/write-actions.ts';
import { changeStock, putReservation } from '../../../pipelines/order-events/inventory/stock-table.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import {
  BULK_FILTER_PATH,
  deleteOperation,
  indexOperation,
} from '../../../pipelines/search/indexing/bulk.ts';
import { type OpenSearchRequest, openSearchResponse } from '../../../pipelines/search/open-search.ts';
import { hashEmail } from '../../builders/email-hash.ts';
import { orderItem, productItem, reservationItem } from '../../builders/values/items.ts';
import { QueuesModel } from '../../simulation/models/queues.ts';
import { SearchClusterModel } from '../../simulation/models/search-cluster.ts';
import { StreamModel } from '../../simulation/models/stream.ts';
import { Database } from '../../simulation/models/table.ts';
import { TopicModel } from '../../simulation/models/topic.ts';
import { TABLE_SCHEMA } from '../../simulation/places.ts';
import {
  localDynamoDb,
  localDynamoDbStreams,
  localOpenSearch,
  localSns,
  localSqs,
} from '../parts/clients.ts';
import { createStreamedTable } from '../parts/table.ts';

type Send = (command: unknown) => Promise<unknown>;
/** One request, and what to compare of its response with the other part's. */
type Step = (send: Send) => Promise<unknown>;

const sendTo =
  (client: DynamoDBClient | SNSClient | SQSClient): Send =>
  (command) =>
    (client.send as (command: unknown) => Promise<unknown>).call(client, command);
const executing =
  (execute: (command: unknown) => unknown): Send =>
  async (command) =>
    execute(command);

/** The outcome of a step; of an error, what the code under test reads of one. */
async function outcomeOf(step: Step, send: Send): Promise<unknown> {
  try {
    return asJson(await step(send));
  } catch (error) {
    const { name, CancellationReasons, Item } = error as Error & {
      CancellationReasons?: object[];
      Item?: object;
    };
    const reasons = (CancellationReasons as { Code?: string; Item?: object }[] | undefined)?.map(
      ({ Code, Item: found }) => ({ Code, found }),
    );
    return asJson({ error: name, reasons, Item });
  }
}

const asJson = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** Without what differs from part to part: request ids and units. */
const reported =
  (command: (table: string) => unknown, table: string): Step =>
  async (send) => {
    const { $metadata, ConsumedCapacity, ...response } = (await send(command(table))) as Record<
      string,
      unknown
    >;
    return response;
  };

const WRITTEN = '2026-03-01T12:00:00.000Z';
const now = Instant.parse(WRITTEN);
const order = orderItem();
const product = productItem();
const reservation = reservationItem();
const later = {
  ...order,
  status: 'cancelled' as const,
  GSI1PK: 'STATUS#cancelled',
  version: versionAfter(order.version),
};
const image = (item: object) => marshall(item, { removeUndefinedValues: true });
const keyOf = ({ pk, sk }: { readonly pk: string; readonly sk: string }) => marshall({ pk, sk });
const put = (TableName: string, item: object, more: object = {}) =>
  transaction([{ Put: { TableName, Item: image(item), ...more } }]);
const transaction = (actions: TransactWriteItem[], ClientRequestToken?: string) =>
  new TransactWriteItemsCommand({ TransactItems: actions, ClientRequestToken });
const get = (TableName: string, item: { pk: string; sk: string }) =>
  new GetItemCommand({ TableName, Key: keyOf(item), ConsistentRead: true });
const ONLY_NEW = {
  ConditionExpression: 'attribute_not_exists(pk)',
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
};
const TOKEN = 'a-token-of-these-very-writes';
const stats = { now, firstVersion: Version.parse(1_000) };
const day = Day.parse('2026-03-01');
const held = (pieces: number) => ({ sku: Sku.parse(product.sku), held: pieces, leavesPlenty: false });

const listKey = { pk: 'COUNTED', sk: 'IDS' };
const counted = (tableName: string, id: string) => ({
  tableName,
  key: listKey,
  counted: id,
  max: 2,
  expiresAt: 1_800_000_000,
});

/** Every kind of request that the pipelines make of the table, in one history. */
const TABLE_STEPS: readonly (readonly [string, (table: string) => unknown])[] = [
  ['reads an item that does not exist', (table) => get(table, order)],
  ['puts a new item', (table) => put(table, order, ONLY_NEW)],
  ['puts it again, and gets the item that exists', (table) => put(table, order, ONLY_NEW)],
  [
    'puts it again, and does not get it',
    (table) => put(table, order, { ConditionExpression: 'attribute_not_exists(pk)' }),
  ],
  ['puts the same over it', (table) => put(table, order)],
  ['reads it', (table) => get(table, order)],
  ['updates it as it was read', (table) => transaction([updateItem(table, order, later)])],
  ['updates it as it was before', (table) => transaction([updateItem(table, order, later)])],
  ['puts another in a transaction', (table) => transaction([putNew(table, product)], TOKEN)],
  ['sends the transaction again', (table) => transaction([putNew(table, product)], TOKEN)],
  ['sends other writes with its token', (table) => transaction([putNew(table, order)], TOKEN)],
  [
    'sends them without a token',
    (table) => transaction([putNew(table, product), putNew(table, { pk: 'x', sk: 'y' })]),
  ],
  [
    'reserves and changes stock',
    (table) => transaction([putReservation(table, reservation, undefined), changeStock(table, held(2), now)]),
  ],
  [
    'reserves once more than there is',
    (table) =>
      transaction([
        putReservation(
          table,
          { ...reservation, version: Version.parse(reservation.version + 1) },
          reservation,
        ),
        changeStock(table, held(9), now),
      ]),
  ],
  ['frees more than is held', (table) => transaction([changeStock(table, held(-3), now)])],
  [
    'changes stock of a product that does not exist',
    (table) => transaction([changeStock(table, { ...held(1), sku: Sku.parse('NONE') }, now)]),
  ],
  [
    'touches an item twice in a transaction',
    (table) => transaction([changeStock(table, held(1), now), changeStock(table, held(1), now)]),
  ],
  [
    'checks a condition beside a write',
    (table) =>
      transaction([
        {
          ConditionCheck: {
            TableName: table,
            Key: keyOf(reservation),
            ConditionExpression: '#state = :reserved',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: marshall({ ':reserved': 'RELEASED' }),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
        putNew(table, { pk: 'x', sk: 'z' }),
      ]),
  ],
  [
    'adds to counters that do not exist',
    (table) =>
      transaction([
        addToStats(table, { day, part: 0 }, { orders_placed: 1, revenue_placed_EUR: 2_500 }, stats),
      ]),
  ],
  [
    'adds to counters that are there',
    (table) =>
      transaction([addToStats(table, { day, part: 0 }, { orders_placed: -1, orders_cancelled: 1 }, stats)]),
  ],
  ['counts the first id of a list', (table) => transaction([countId(counted(table, 'a'))])],
  ['counts the last that it has room for', (table) => transaction([countId(counted(table, 'b'))])],
  ['counts one more than it has room for', (table) => transaction([countId(counted(table, 'c'))])],
  ['reads the list', (table) => get(table, listKey)],
  ['reads the counters', (table) => get(table, { pk: 'STATS#2026-03-01', sk: 'ORDERS' })],
  [
    'reads some of several',
    (table) =>
      new BatchGetItemCommand({
        RequestItems: {
          [table]: { Keys: [keyOf(reservation), marshall({ pk: 'no', sk: 'no' })], ConsistentRead: true },
        },
      }),
  ],
  [
    'puts two in a batch',
    (table) =>
      new BatchWriteItemCommand({
        RequestItems: {
          [table]: ['a', 'b'].map((sk) => ({ PutRequest: { Item: marshall({ pk: 'BATCH', sk, n: 1 }) } })),
        },
      }),
  ],
  [
    'puts one twice in a batch',
    (table) =>
      new BatchWriteItemCommand({
        RequestItems: {
          [table]: [1, 2].map((n) => ({ PutRequest: { Item: marshall({ pk: 'BATCH', sk: 'c', n }) } })),
        },
      }),
  ],
  [
    'reads one twice',
    (table) => new BatchGetItemCommand({ RequestItems: { [table]: { Keys: [keyOf(order), keyOf(order)] } } }),
  ],
  [
    'lists by the table',
    (table) =>
      query(table, 'pk = :pk AND begins_with(sk, :orders)', { ':pk': order.pk, ':orders': 'ORDER#' }),
  ],
  [
    'lists by an index, backwards',
    (table) =>
      query(
        table,
        'GSI1PK = :status AND GSI1SK < :before',
        { ':status': 'STATUS#cancelled', ':before': '2027' },
        { IndexName: 'GSI1', ScanIndexForward: false },
      ),
  ],
  [
    'lists between two values',
    (table) =>
      query(
        table,
        'pk = :pk AND LSI1SK BETWEEN :low AND :high',
        { ':pk': order.pk, ':low': '0', ':high': '9' },
        { IndexName: 'LSI1' },
      ),
  ],
  [
    'lists a number below a bound',
    (table) =>
      query(
        table,
        'GSI2PK = :partition AND stock < :level',
        { ':partition': product.GSI2PK, ':level': 9 },
        { IndexName: 'GSI2' },
      ),
  ],
  [
    'lists a page and a projection',
    (table) => query(table, 'pk = :pk', { ':pk': order.pk }, { Limit: 1, ProjectionExpression: 'pk, sk' }),
  ],
  [
    'scans for some types',
    (table) =>
      new ScanCommand({
        TableName: table,
        FilterExpression: 'entityType IN (:one, :other)',
        ExpressionAttributeValues: marshall({ ':one': 'Tally', ':other': 'Order' }),
      }),
  ],
  ['deletes as it was before', (table) => transaction([deleteItem(table, order)])],
  ['deletes as it is', (table) => transaction([deleteItem(table, later)])],
  ['deletes a deleted item', (table) => transaction([deleteItem(table, later)])],
  ['reads a table that does not exist', () => get('no-such-table', order)],
];

function query(
  TableName: string,
  KeyConditionExpression: string,
  values: object,
  more: object = {},
): QueryCommand {
  return new QueryCommand({
    TableName,
    KeyConditionExpression,
    ExpressionAttributeValues: marshall(values),
    ...more,
  });
}

describe('the models of the table and its stream', () => {
  const local = localDynamoDb();
  let tableName = '';
  const stream = new StreamModel(Date.now, { shards: 1, pageRecordsMax: 1_000 });
  const database = new Database(Date.now, (changes) => {
    for (const change of changes) stream.append(change);
  });

  beforeAll(async () => {
    tableName = await createStreamedTable(local);
    database.createTable(tableName, TABLE_SCHEMA);
  });

  it('respond as DynamoDB Local does, and have the same records in the same order', async () => {
    for (const [name, command] of TABLE_STEPS) {
      const step = reported(command, tableName);
      const modelled = await outcomeOf(
        step,
        executing((sent) => database.execute(sent)),
      );
      expect([name, modelled]).toEqual([name, await outcomeOf(step, sendTo(local))]);
    }

    const real = await recordsOf(localDynamoDbStreams(), local, tableName);
    expect(byItem(stream.shardIds.flatMap((id) => stream.history(id)))).toEqual(byItem(real));
  });
});

/** All records of a table's stream. */
async function recordsOf(
  streams: DynamoDBStreamsClient,
  dynamoDb: DynamoDBClient,
  TableName: string,
): Promise<SdkRecord[]> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName }));
  const StreamArn = Table?.LatestStreamArn;
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const records: SdkRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    const position = { StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const };
    const { ShardIterator } = await streams.send(new GetShardIteratorCommand(position));
    const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    records.push(...Records);
  }
  return records;
}

/** The changes of each item, in their order: a transaction's items have none among each other. */
function byItem(records: readonly SdkRecord[]): Record<string, unknown[]> {
  const items: Record<string, unknown[]> = {};
  for (const { eventName, dynamodb } of records) {
    const { Keys, NewImage, OldImage } = dynamodb ?? {};
    const place = `${Keys?.['pk']?.S} ${Keys?.['sk']?.S}`;
    items[place] = [...(items[place] ?? []), asJson({ eventName, Keys, NewImage, OldImage })];
  }
  return items;
}

describe('the model of OpenSearch', () => {
  const local = localOpenSearch();
  const model = new SearchClusterModel(Date.now);
  const id = `sku-${ulid()}`;
  const versionOf = (n: number): Version => Version.parse(1_000 + n);
  const document = (n: number, sku = id) =>
    documentOf(productItem({ sku, name: `Chair ${n}`, version: versionOf(n) }), hashEmail);
  const index = (n: number, sku = id): string => {
    const found = document(n, sku);
    return found === undefined ? '' : indexOperation(found).ndjson;
  };
  const remove = (n: number, sku = id): string =>
    deleteOperation({ index: 'products', id: sku }, versionOf(n)).ndjson;
  const external = (ndjson: string): string => ndjson.replace('external_gte', 'external');
  const guard = (alias: string): string =>
    `${JSON.stringify({ update: { _index: alias, _id: 'alias guard' } })}\n{"doc":{}}\n`;
  const absent = `absent-${ulid().toLowerCase()}-write`;
  const bulk = (...lines: string[]): OpenSearchRequest => ({
    method: 'POST',
    path: '/_bulk',
    querystring: { require_alias: 'true', filter_path: BULK_FILTER_PATH },
    bulkBody: lines.join(''),
  });
  const read: OpenSearchRequest = { method: 'GET', path: `/products/_doc/${id}` };

  const STEPS: readonly (readonly [string, OpenSearchRequest])[] = [
    ['reads a document that does not exist', read],
    ['writes, writes the same again, writes an older one', bulk(index(5), index(5), index(4))],
    ['writes the same under a version that must be greater', bulk(external(index(5)), external(index(6)))],
    ['reads it', read],
    ['removes with an older version', bulk(remove(5))],
    ['removes, and removes again', bulk(remove(7), remove(7))],
    ['writes what is older than the removal', bulk(index(6))],
    ['writes under the version of the removal', bulk(index(7), remove(8))],
    ['removes what never was, then writes an older one', bulk(remove(3, `${id}-2`), index(2, `${id}-2`))],
    ['writes again', bulk(index(9))],
    ['reads the new one', read],
    [
      'has a result for each of several',
      bulk(guard('products-write'), index(1, `${id}-3`), index(8), remove(9, `${id}-4`)),
    ],
    ['writes through an alias that is missing', bulk(index(10).replace('products-write', absent))],
    [
      'removes through an alias that is missing, guarded',
      bulk(guard(absent), remove(10).replace('products-write', absent)),
    ],
    ['asks for aliases that are missing', { method: 'GET', path: `/_alias/${absent},${absent}-2` }],
  ];

  beforeAll(async () => {
    await installIndices(local, indexDefinitions);
    model.createIndex('products-v1', ['products', 'products-write']);
  });

  it('responds as OpenSearch does', async () => {
    for (const [name, request] of STEPS) {
      // The client makes a text of the query string of what it is given.
      const real = await openSearchResponse(local, structuredClone(request), { timeoutMs: 10_000 });
      const { statusCode, body } = model.execute(request);
      expect([name, statusCode, searched(body)]).toEqual([name, real.status, searched(real.body)]);
    }
  });
});

/** The part of a response that the code under test reads. */
function searched(body: unknown): unknown {
  const { items, found, _version, _source, error } = body as Record<string, unknown>;
  return asJson({ items, found, _version, _source, error });
}

describe('the models of queues and topics', () => {
  const sqs = localSqs();
  const queues = new QueuesModel(Date.now);

  it('respond as the local SQS does', async () => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `honest-${randomUUID()}` }));
    queues.create(QueueUrl);
    const modelled = executing((command) => queues.execute(command));
    const real = sendTo(sqs);
    for (const [name, step] of queueSteps(QueueUrl)) {
      expect([name, await outcomeOf(step, modelled)]).toEqual([name, await outcomeOf(step, real)]);
    }
  });

  it('respond as the local SNS does', async () => {
    const sns = localSns();
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `honest-${randomUUID()}` }));
    const topic = new TopicModel(() => undefined);
    const entries = ['0', '1'].map((Id) => ({ Id, Message: '{}' }));
    const step: Step = async (send) => {
      const command = new PublishBatchCommand({ TopicArn, PublishBatchRequestEntries: entries });
      const { Successful, Failed = [] } = (await send(command)) as {
        Successful?: { Id?: string; MessageId?: string }[];
        Failed?: object[];
      };
      return [Successful?.map(({ Id, MessageId }) => [Id, MessageId !== undefined]), Failed];
    };

    expect(
      await outcomeOf(
        step,
        executing((command) => topic.execute(command)),
      ),
    ).toEqual(await outcomeOf(step, sendTo(sns)));
  });
});

function queueSteps(QueueUrl: string): readonly (readonly [string, Step])[] {
  // Each part has handles of its own.
  const handles = new Map<Send, (string | undefined)[]>();
  const receive =
    (VisibilityTimeout: number): Step =>
    async (send) => {
      const { Messages = [] } = (await send(
        new ReceiveMessageCommand({
          QueueUrl,
          VisibilityTimeout,
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
          MessageAttributeNames: ['All'],
        }),
      )) as ReceiveMessageCommandOutput;
      const sorted = Messages.toSorted((one, other) => (one.Body ?? '').localeCompare(other.Body ?? ''));
      if (sorted.length > 0)
        handles.set(
          send,
          sorted.map(({ ReceiptHandle }) => ReceiptHandle),
        );
      return sorted.map(received);
    };
  const attributes = { attempts: { DataType: 'Number', StringValue: '2' } };
  const hide =
    (seconds: number, handle: (send: Send) => string | undefined): Step =>
    async (send) => {
      const Entries = [{ Id: '0', ReceiptHandle: handle(send), VisibilityTimeout: seconds }];
      const { Successful = [], Failed = [] } = (await send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }),
      )) as {
        Successful?: { Id?: string }[];
        Failed?: { Id?: string }[];
      };
      return [Successful.map(({ Id }) => Id), Failed.map(({ Id }) => Id)];
    };
  const first = (send: Send): string | undefined => handles.get(send)?.[0];
  return [
    ['receives nothing', receive(30)],
    [
      'sends a batch',
      async (send) => {
        const Entries = ['a', 'b'].map((MessageBody, at) => ({ Id: String(at), MessageBody }));
        const response = (await send(new SendMessageBatchCommand({ QueueUrl, Entries }))) as {
          Successful?: { Id?: string }[];
          Failed?: object[];
        };
        return [response.Successful?.map(({ Id }) => Id), response.Failed ?? []];
      },
    ],
    [
      'sends one with attributes',
      async (send) => {
        await send(new SendMessageCommand({ QueueUrl, MessageBody: 'c', MessageAttributes: attributes }));
      },
    ],
    ['receives all three', receive(30)],
    ['receives none while they are hidden', receive(30)],
    ['gives one back', hide(0, first)],
    ['receives it again', receive(30)],
    [
      'deletes it',
      async (send) => {
        await send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first(send) }));
      },
    ],
    ['receives none, for the others are hidden', receive(30)],
  ];
}

const received = ({ Body, Attributes, MessageAttributes }: Message): unknown => ({
  Body,
  receives: Attributes?.ApproximateReceiveCount,
  attempts: MessageAttributes?.['attempts']?.StringValue,
});
