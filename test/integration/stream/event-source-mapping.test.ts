import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AttributeValue,
  DeleteItemCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import {
  type CheckpointStore,
  FileCheckpointStore,
  MemoryCheckpointStore,
} from '../../../infra/local/event-source-mapping/checkpoints.ts';
import {
  EventSourceMapping,
  type InvocationResult,
  type OnFailureRecord,
} from '../../../infra/local/event-source-mapping/event-source-mapping.ts';
import { withPayload } from '../../../infra/local/event-source-mapping/on-failure.ts';
import type { EventSourceMappingSettings } from '../../../infra/local/event-source-mapping/settings.ts';
import {
  aMapping,
  failedItems,
  KeptLog,
  sequenceOf,
  success,
  untilDrained,
} from '../../builders/stream/event-source-mapping.ts';
import { localDynamoDb, localDynamoDbStreams } from '../parts/clients.ts';
import { createStreamedTable } from '../parts/table.ts';

let dynamoDb: DynamoDBClient;
let tableName = '';
let streamArn = '';

beforeEach(async () => {
  dynamoDb = localDynamoDb();
  tableName = await createStreamedTable(dynamoDb);
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tableName }));
  streamArn = Table?.LatestStreamArn ?? expect.fail('The table has no stream');
});

const put = async (id: string, attributes: Record<string, AttributeValue> = {}): Promise<void> => {
  const Item = { pk: { S: `USER#${id}` }, sk: { S: 'ORDER#1' }, ...attributes };
  await dynamoDb.send(new PutItemCommand({ TableName: tableName, Item }));
};
const idsOf = (event: DynamoDBStreamEvent): string[] =>
  event.Records.map(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S?.replace('USER#', '') ?? '');

interface Run {
  readonly mapping: EventSourceMapping;
  readonly events: DynamoDBStreamEvent[];
  readonly failures: OnFailureRecord[];
}

/** Starts a mapping on the test's table that is stopped when the test ends. */
async function started(
  overrides: Partial<EventSourceMappingSettings> = {},
  respond: (event: DynamoDBStreamEvent) => InvocationResult = () => success(),
  checkpoints: CheckpointStore = new MemoryCheckpointStore(),
): Promise<Run> {
  const events: DynamoDBStreamEvent[] = [];
  const failures: OnFailureRecord[] = [];
  const mapping = new EventSourceMapping({
    settings: aMapping({ streamArn, ...overrides }),
    streams: localDynamoDbStreams(),
    invoke: async (event) => {
      events.push(event);
      return respond(event);
    },
    onFailure: async (failure) => {
      failures.push(failure);
    },
    checkpoints,
    tuning: { pollIntervalMs: 20, retryDelayMsBase: 5, retryDelayMsMax: 20 },
    log: new KeptLog(),
  });
  onTestFinished(() => mapping.stop());
  await mapping.start();
  return { mapping, events, failures };
}

describe('an event-source mapping on DynamoDB Local', () => {
  it('delivers inserts, changes and removals in Lambda’s form', async () => {
    await put('ann', { photo: { B: new Uint8Array([1, 2, 3]) } });
    await put('ann', { total: { N: '5' } });
    await dynamoDb.send(
      new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: 'USER#ann' }, sk: { S: 'ORDER#1' } } }),
    );
    const { mapping, events } = await started();
    await untilDrained(mapping);
    const records = events.flatMap(({ Records }) => Records);
    expect(records.map(({ eventName }) => eventName)).toEqual(['INSERT', 'MODIFY', 'REMOVE']);
    expect(records[0]).toMatchObject({
      eventSource: 'aws:dynamodb',
      eventSourceARN: streamArn,
      dynamodb: { NewImage: { photo: { B: 'AQID' } }, StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    expect(records[1]?.dynamodb).toMatchObject({
      OldImage: { photo: { B: 'AQID' } },
      NewImage: { total: { N: '5' } },
    });
  });

  it('delivers each record once, also those that the stream repeats', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `user-${i}`);
    const { mapping, events } = await started({ batchSize: 50, parallelizationFactor: 4 });
    await Promise.all(ids.map((id) => put(id)));
    await untilDrained(mapping);
    expect(events.flatMap(idsOf).toSorted()).toEqual(ids.toSorted());
  });

  it('gives up a record that always fails, with pointers that find it, and continues', async () => {
    const isBad = (id: string) => id === 'bad';
    const { mapping, events, failures } = await started(
      { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true, batchSize: 1 },
      (event) => failedItems(...event.Records.filter((_, i) => isBad(idsOf(event)[i] ?? '')).map(sequenceOf)),
    );
    for (const id of ['one', 'bad', 'two']) await put(id);
    await untilDrained(mapping);
    expect(events.flatMap(idsOf)).toEqual(['one', 'bad', 'bad', 'bad', 'two']);
    expect(failures).toHaveLength(1);
    const [failure] = failures;
    const deadLetter = LambdaOnFailure.parse(failure && withPayload(failure));
    expect(deadLetter.requestContext).toMatchObject({
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 3,
    });
    expect(idsOf(JSON.parse(String(deadLetter.payload)))).toEqual(['bad']);
    expect(deadLetter.DDBStreamBatchInfo.startSequenceNumber).toBe(
      deadLetter.DDBStreamBatchInfo.endSequenceNumber,
    );
  });

  it('continues after the checkpoint in a file after a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'checkpoints-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const first = await started({}, undefined, new FileCheckpointStore(directory));
    await put('before');
    await untilDrained(first.mapping);
    await first.mapping.stop();
    await put('meanwhile');
    const second = await started({}, undefined, new FileCheckpointStore(directory));
    await untilDrained(second.mapping);
    expect([first.events.flatMap(idsOf), second.events.flatMap(idsOf)]).toEqual([['before'], ['meanwhile']]);
  });

  it('sends a record that was just written though its time, rounded down to the minute, seems too old', async () => {
    await put('ann');
    const { mapping, events } = await started({ maximumRecordAgeInSeconds: 15 });
    await untilDrained(mapping);
    expect(events.flatMap(idsOf)).toEqual(['ann']);
  });
});
