import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DescribeStreamCommand } from '@aws-sdk/client-dynamodb-streams';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { parse, parseJson } from '../../../contracts/reading.ts';
import { malformedItems } from '../../demo/malformed-items.ts';
import { LOCAL_HOST } from '../../local/machine/free-port.ts';
import type { LocalSystem } from '../../local/system/local-system.ts';
import { type Work, pages } from './api-work.ts';

const DRAIN_TIMEOUT_MS = 60_000;
const CONSUMERS = ['OrderEvents', 'SearchIndex'] as const;
const SCHEDULED = ['WriteHeartbeatsFunction', 'CancelStaleOrdersFunction', 'AutomaticReplayFunction'];
const DeadLetters = z.object({ deadLetters: z.array(z.object({ id: z.string() })) });

/** The work of the functions that no client calls, and of operators. What went wrong is returned. */
export async function workOfBackground(work: Work): Promise<readonly string[]> {
  const { system } = work;
  const failures = [...(await installIndices(system))];
  await putMalformedItems(system);
  await giveUpBatches(system);
  await importOrders(system);
  await system.drained(DRAIN_TIMEOUT_MS);
  failures.push(...(await runSchedules(system)));
  await workOfOperators(work);
  failures.push(...(await runSchedules(system)));
  await system.drained(DRAIN_TIMEOUT_MS);
  return failures;
}

/** Runs each scheduled function once, as its schedule does. */
async function runSchedules({ functions }: LocalSystem): Promise<readonly string[]> {
  const failures: string[] = [];
  for (const logicalId of SCHEDULED) {
    const result = await functions.get(logicalId)?.invoke({});
    if (result?.outcome !== 'success') failures.push(`${logicalId} ends with ${JSON.stringify(result)}`);
  }
  return failures;
}

/** CloudFormation's request of the custom resource, and a server for the response to it. */
async function installIndices({ functions }: LocalSystem): Promise<readonly string[]> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    text(request).then((body) => {
      resolve(body);
      response.end();
    }, resolve);
  });
  await new Promise<void>((listening) => server.listen(0, LOCAL_HOST, listening));
  const { port } = parse(z.object({ port: z.number() }), server.address());
  try {
    const result = await functions.get('InstallIndicesFunction')?.invoke({
      RequestType: 'Create',
      ResponseURL: `http://${LOCAL_HOST}:${port}/`,
      StackId: 'judge',
      RequestId: 'judge',
      LogicalResourceId: 'SearchIndices',
    });
    if (result?.outcome !== 'success') return [`InstallIndicesFunction ends with ${JSON.stringify(result)}`];
    const { Status, Reason } = parseJson(z.object({ Status: z.string(), Reason: z.string().optional() }), await promise);
    return Status === 'SUCCESS' ? [] : [`InstallIndicesFunction responds ${Status}: ${Reason ?? ''}`];
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Items that break their contract: dead letters of both consumers, one of them too large for a message. */
async function putMalformedItems({ clients, names }: LocalSystem): Promise<void> {
  for (const { item } of malformedItems())
    await clients.dynamoDb.send(new PutItemCommand({ TableName: names['Table'], Item: item }));
}

/** What Lambda makes of a batch that it gives up: an object with its records, or pointers into the stream. */
async function giveUpBatches({ clients, names, streamArns }: LocalSystem): Promise<void> {
  const [StreamArn = ''] = streamArns.values();
  const { StreamDescription } = await clients.streams.send(new DescribeStreamCommand({ StreamArn }));
  const shard = StreamDescription?.Shards?.[0];
  const startSequenceNumber = shard?.SequenceNumberRange?.StartingSequenceNumber ?? '';
  const at = new Date().toISOString();
  const batch = {
    requestContext: { requestId: 'judge', functionArn: 'arn', condition: 'RetryAttemptsExhausted', approximateInvokeCount: 1 },
    version: '1.0',
    timestamp: at,
    DDBStreamBatchInfo: {
      shardId: shard?.ShardId ?? '',
      startSequenceNumber,
      endSequenceNumber: startSequenceNumber,
      approximateArrivalOfFirstRecord: at,
      approximateArrivalOfLastRecord: at,
      batchSize: 1,
      streamArn: StreamArn,
    },
  };
  const record = {
    eventID: 'judge',
    eventName: 'MODIFY',
    dynamodb: { Keys: { pk: { S: 'USER#ada' }, sk: { S: 'PROFILE#ada' } }, SequenceNumber: '1' },
  };
  for (const consumer of CONSUMERS) {
    await clients.s3.send(
      new PutObjectCommand({
        Bucket: names[`${consumer}DeadLetterBucket`],
        Key: `aws/lambda/judge/shard/2026/01/01/batch-${consumer}`,
        Body: JSON.stringify({ ...batch, payload: { Records: [record] } }),
      }),
    );
    await clients.sqs.send(
      new SendMessageCommand({ QueueUrl: names[`${consumer}DeadLetters`], MessageBody: JSON.stringify(batch) }),
    );
  }
}

const ROWS = [
  'sourceId,userId,placedAt,currency,shipToName,shipToCity,shipToCountry,sku,name,category,quantity,amount',
  's-1,ada,2014-06-09T12:00:00.000Z,EUR,Ada,Dresden,Germany,chair,Oak chair,Furniture,1,12500',
  's-2,ada,2014-06-09T12:00:00.000Z,EUR,Ada,Dresden,Germany,chair,Oak chair,Furniture,none,12500',
];

/** Orders of long ago, which the stale orders then cancel, and a row that is rejected. */
async function importOrders({ clients, names }: LocalSystem): Promise<void> {
  await clients.s3.send(
    new PutObjectCommand({ Bucket: names['ImportBucket'], Key: 'imports/judge.csv', Body: ROWS.join('\n') }),
  );
}

/** What an operator does with the dead letters, and looks at. */
async function workOfOperators({ caller }: Work): Promise<void> {
  const startedAt = new Date(Date.now() + 1).toISOString();
  await pages(caller, 'listDeadLetters', { query: { limit: '1' } });
  const listed = await caller.call('listDeadLetters', { query: { limit: '100' } }, DeadLetters);
  for (const { id } of listed?.deadLetters ?? []) await caller.use('getDeadLetter', { path: { id } });
  await caller.use('listDeadLetterCauses');
  const total = await caller.call('listDeadLetters', { query: { text: 'total', consumer: 'search-index' } }, DeadLetters);
  const [fixable] = total?.deadLetters ?? [];
  await caller.use('fixDeadLetter', { path: { id: fixable?.id ?? '' }, body: { set: { total: 2_500 } } });
  for (const consumer of ['order-events', 'search-index'])
    await caller.use('replayDeadLetters', { body: { filter: { consumer }, startedAt, rate: 100 } });
  const [last] = (await caller.call('listDeadLetters', { query: { limit: '1' } }, DeadLetters))?.deadLetters ?? [];
  const later = new Date(Date.now() + 1).toISOString();
  await caller.use('purgeDeadLetters', { body: { ids: [last?.id ?? ''], startedAt: later, confirm: 1 } });
  await caller.use('pauseConsumer', { path: { consumer: 'search-index' } });
  await caller.use('resumeConsumer', { path: { consumer: 'search-index' } });
  for (const id of ['getStatus', 'getLagHistory', 'getThroughput', 'listVerifications']) await caller.use(id);
  await pages(caller, 'listActivity', { query: { limit: '1' } });
}
