import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { CreateTopicCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord, SQSRecord } from 'aws-lambda';
import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { malformedItems } from '../../../infra/demo/malformed-items.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { MailFolder } from '../../../infra/local/mail/mail-folder.ts';
import { type MailServer, startMailServer } from '../../../infra/local/mail/mail-server.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { listDeadLetters } from '../../../pipelines/dead-letters/list/list-dead-letters.ts';
import { consumeImports } from '../../../pipelines/imports/consume-imports.ts';
import { DeadLetterStore } from '../../../pipelines/operations/dead-letter-store.ts';
import { orderEventsConsumer } from '../../../pipelines/order-events/order-events.ts';
import { orderHandlers } from '../../../pipelines/order-events/order-handlers.ts';
import { consumeOrderMails } from '../../../pipelines/order-mails/consume-order-mails.ts';
import { OrderMails } from '../../../pipelines/order-mails/order-mails.ts';
import { suppressAddress } from '../../../pipelines/order-mails/suppress-address.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { addressOf } from '../../../pipelines/search/documents.ts';
import { SearchIndex, searchIndexConsumer } from '../../../pipelines/search/indexing/search-index.ts';
import { DeadLetterQueue } from '../../../pipelines/stream/dead-letter-queue.ts';
import { toLambdaImage } from '../../../pipelines/stream/lambda-record.ts';
import type { StreamConsumer } from '../../../pipelines/stream/stream-consumer.ts';
import { ownPlaces } from '../../builders/dead-letters/dead-letters.ts';
import { oddMessages } from '../../builders/dead-letters/odd-dead-letters.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { importedOrder } from '../../builders/imports/imports.ts';
import { notificationOfStatus } from '../../builders/notifications.ts';
import { mailTokens } from '../../builders/page-tokens.ts';
import { DEFAULT_ORDER_HANDLER_SETTINGS } from '../../builders/stream/consumer-settings.ts';
import { consumeBatch, contextWith, keptLog } from '../../builders/stream/stream-batch.ts';
import { insertOf } from '../../builders/stream/stream-record.ts';
import { brokenImages } from '../../builders/values/attribute-values.ts';
import { orderItem, userItem } from '../../builders/values/items.ts';
import { verifiedAddress } from '../../builders/verified-address.ts';
import { startImports } from '../imports/import-bucket.ts';
import { localDynamoDb, localOpenSearch, localS3, localSns, localSqs } from '../parts/clients.ts';
import { createMailboxTable, createOperationsTable, createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { storedDocument } from '../search/stored-document.ts';

const GOOD = 10;
const REMAINING_MS = 60_000;
const [dynamoDb, sns, sqs, s3, openSearch] = [
  localDynamoDb(),
  localSns(),
  localSqs(),
  localS3(),
  localOpenSearch(),
];
const { signal } = new AbortController();
const newOrder = () => orderItem({ orderId: ulid(), userId: `u-${ulid()}` });
let table: TestTable;
let store: DeadLetterStore;
let operationsTableName: string;
let mails: string;
let mailServer: MailServer;

beforeAll(async () => {
  operationsTableName = await createOperationsTable(dynamoDb);
  store = new DeadLetterStore({
    dynamoDb,
    operationsTableName,
    clock,
  });
  await installIndices(openSearch, indexDefinitions);
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  mails = await mkdtemp(join(tmpdir(), 'order-mails-'));
  mailServer = await startMailServer(await MailFolder.open(mails));
});
afterAll(async () => {
  await mailServer?.stop();
  await rm(mails, { recursive: true, force: true });
});

/** A record of the stream for each way in which an item can break its contract. */
function brokenRecords(): readonly DynamoDBRecord[] {
  const withImage = (record: DynamoDBRecord, NewImage: object): DynamoDBRecord => ({
    ...record,
    dynamodb: { ...record.dynamodb, NewImage: toLambdaImage(NewImage) },
  });
  const broken = brokenImages('userId').map((change) => {
    const order = newOrder();
    return withImage(insertOf(order), change(marshall(order, { removeUndefinedValues: true })));
  });
  const malformed = malformedItems().map(({ item }) =>
    withImage(insertOf({ pk: item['pk']?.S ?? '', sk: item['sk']?.S ?? '' }), item),
  );
  return [...broken, ...malformed];
}

/** One of every bad kind, with ten good ones spread among them. */
function amongGood<One>(bad: readonly One[], good: readonly One[]): readonly One[] {
  const every = Math.ceil(bad.length / good.length);
  const mixed = bad.flatMap((one, index) =>
    index % every === 0 ? [...good.slice(index / every, index / every + 1), one] : [one],
  );
  return [...mixed, ...good.filter((one) => !mixed.includes(one))];
}

const consumers: Readonly<Record<string, () => Promise<StreamConsumer>>> = {
  'order-events': async () => {
    const { TopicArn: topicArn = '' } = await sns.send(
      new CreateTopicCommand({ Name: `orders-${randomUUID()}` }),
    );
    const tables = { tableName: table.tableName, operationsTableName };
    const settings = { ...DEFAULT_ORDER_HANDLER_SETTINGS, ...tables, topicArn };
    return orderEventsConsumer(orderHandlers({ ...settings, dynamoDb, sns, clock }));
  },
  'search-index': async () =>
    searchIndexConsumer(new SearchIndex({ emailHash: emailHashes, client: openSearch })),
};
const isHandled: Readonly<Record<string, (order: ReturnType<typeof newOrder>) => Promise<boolean>>> = {
  'order-events': async ({ orderId }) =>
    (await table.get({ pk: `ORDER#${orderId}`, sk: 'TALLY' })) !== undefined,
  'search-index': async (order) => {
    const { index, id } = addressOf(order) ?? { index: '', id: '' };
    return (await storedDocument(openSearch, index, id)) !== undefined;
  },
};

it.each(Object.entries(consumers))(
  '%s handles ten good records among one of every bad kind, and each bad one is a dead letter',
  async (name, start) => {
    const consumer = await start();
    const bucket = `letters-${randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const { QueueUrl: queueUrl = '' } = await sqs.send(
      new CreateQueueCommand({ QueueName: `letters-${randomUUID()}` }),
    );
    const orders = Array.from({ length: GOOD }, newOrder);
    await table.put(...orders);
    const bad = brokenRecords();

    const response = await consumeBatch(
      amongGood(
        bad,
        orders.map((order) => insertOf(order)),
      ),
      {
        consumer,
        deadLetters: new DeadLetterQueue({
          sqs,
          s3,
          queueUrl,
          bucket,
          consumer: consumer.name,
          store,
          clock,
        }),
      },
      REMAINING_MS,
    );

    expect(response.batchItemFailures).toEqual([]);
    expect(await Promise.all(orders.map((order) => isHandled[name]?.(order)))).toEqual(
      orders.map(() => true),
    );
    const { deadLetters } = await listDeadLetters({
      ...{
        ...ownPlaces(bucket),
        sqs,
        s3,
        clock,
        signal,
        isMeant: () => true,
        limit: 1_000,
        messagesMax: 1_000,
      },
      queue: { queueUrl, consumer: consumer.name },
    });
    const eventIds = deadLetters.map(
      ({ contents }) => contents.kind === 'record' && contents.deadLetter.eventId,
    );
    expect(eventIds.toSorted()).toEqual(bad.map(({ eventID }) => eventID).toSorted());
  },
);

const sqsRecord = (messageId: string, body: string): SQSRecord => ({
  ...{ messageId, body, receiptHandle: 'r', messageAttributes: {}, md5OfBody: '' },
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 's',
    ApproximateFirstReceiveTimestamp: '0',
  },
  ...{ eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:q', awsRegion: 'r' },
});
/** What was found on a queue, by its kind. */
const oddBodies = oddMessages({ bucket: 'none', missingBucket: 'none' }).map(({ what, body }) =>
  sqsRecord(what, body),
);
const idsOf = (records: readonly SQSRecord[]): readonly string[] =>
  records.map(({ messageId }) => messageId).toSorted();

it('order mails sends ten mails among one of every bad message, and reports each bad one', async () => {
  const [tableName, mailboxTableName] = await Promise.all([
    createTestTable(dynamoDb),
    createMailboxTable(dynamoDb),
  ]);
  const ses = new SESv2Client({
    endpoint: mailServer.url,
    region: LOCAL_REGION,
    credentials: LOCAL_CREDENTIALS,
  });
  const users = new TestTable(dynamoDb, tableName);
  const eventOf = async (overrides: object = {}) => {
    const user = userItem({ userId: `u-${randomUUID()}` });
    await users.put({ ...user, ...overrides });
    await new TestTable(dynamoDb, mailboxTableName).put(verifiedAddress(user.userId, user.email));
    return notificationOfStatus('shipped', { orderId: ulid(), userId: user.userId });
  };
  const events = await Promise.all(Array.from({ length: GOOD }, () => eventOf()));
  const sound = await eventOf();
  const bad = [
    ...oddBodies,
    sqsRecord(
      'an event with odd members',
      JSON.stringify({ ...sound, data: { ...sound.data, lines: { length: { toString: null } } } }),
    ),
    sqsRecord('an event without data', JSON.stringify({ ...sound, data: undefined })),
    sqsRecord('an envelope of another kind', '{"Type":"SubscriptionConfirmation","Message":"m"}'),
    sqsRecord('a user without an address', JSON.stringify(await eventOf({ email: 7 }))),
    sqsRecord('a user whose address is no address', JSON.stringify(await eventOf({ email: 'a\r\nb@c' }))),
  ];

  const { batchItemFailures } = await consumeOrderMails(
    {
      Records: [
        ...amongGood(
          bad,
          events.map((event) => sqsRecord(event.id, JSON.stringify(event))),
        ),
      ],
    },
    contextWith(REMAINING_MS),
    {
      orderMails: new OrderMails({
        ...{ dynamoDb, ses, tableName, mailboxTableName, clock },
        sender: { from: 'orders@shop.example', configurationSet: 'mails' },
        tokens: mailTokens(clock),
        apiUrl: 'https://api.shop.example',
      }),
      suppress: suppressAddress.bind(undefined, { dynamoDb, mailboxTableName, clock }),
      logger: keptLog(),
    },
  );

  ses.destroy();
  expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier).toSorted()).toEqual(idsOf(bad));
  const sent = (await readdir(mails)).filter((name) => name.endsWith('.eml'));
  expect(sent.toSorted()).toEqual(events.map(({ id }) => `${id}.eml`).toSorted());
});

it('the import takes ten objects among one of every bad message, and reports each bad one', async () => {
  const imports = await startImports();
  const put = async (sourceId: string): Promise<string> =>
    imports.put(`imports/${sourceId}.ndjson`, JSON.stringify(importedOrder({ sourceId })));
  const sourceIds = Array.from({ length: GOOD }, (_, index) => `S-${index}`);
  const good: SQSRecord[] = [];
  for (const sourceId of sourceIds) good.push(sqsRecord(sourceId, await put(sourceId)));
  // Those of an object that has no name of an import are none: nothing is asked of them, and they are done with.
  const bad = oddBodies.filter(({ messageId }) => !/^a batch whose/.test(messageId));
  const unread = oddBodies.filter((record) => !bad.includes(record));

  const { batchItemFailures } = await consumeImports(
    { Records: [...amongGood([...bad, ...unread], good)] },
    contextWith(REMAINING_MS),
    imports.deps,
  );

  const reported = batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  expect(reported.filter((id) => sourceIds.includes(id))).toEqual([]);
  expect(reported.toSorted()).toEqual(idsOf(bad).filter((id) => id !== 'many objects'));
  expect((await imports.orders()).map((order) => order.sourceId).toSorted()).toEqual(sourceIds.toSorted());
});
