import {
  DeleteItemCommand,
  DescribeTableCommand,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Removal, RemovalJournal } from '../../../infra/local/time-to-live/removal-journal.ts';
import { TimeToLive } from '../../../infra/local/time-to-live/time-to-live.ts';
import { toLambdaRecord } from '../../../pipelines/stream/lambda-record.ts';
import { localDynamoDb, localDynamoDbStreams } from '../parts/clients.ts';
import { createStreamedTable } from '../parts/table.ts';

const client = localDynamoDb();
const key = { pk: { S: 'p' }, sk: { S: 's' } };
const KeySchema = [
  { AttributeName: 'pk', KeyType: 'HASH' as const },
  { AttributeName: 'sk', KeyType: 'RANGE' as const },
];
const secondsFromNow = (seconds: number): string => String(Math.floor(Date.now() / 1_000) + seconds);

let TableName: string;
let timeToLive: TimeToLive;

const timeToLiveOf = (journal: RemovalJournal) =>
  new TimeToLive({
    client,
    table: { name: TableName, schema: { KeySchema, AttributeDefinitions: [] } },
    ttlAttribute: 'ttl',
    journal,
    log: () => undefined,
  });

beforeEach(async () => {
  TableName = await createStreamedTable(client);
  timeToLive = timeToLiveOf(new RemovalJournal());
});
afterEach(() => timeToLive.stop());

const put = (ttl: string) =>
  client.send(new PutItemCommand({ TableName, Item: { ...key, ttl: { N: ttl } } }));
const isThere = async () =>
  (await client.send(new GetItemCommand({ TableName, Key: key }))).Item !== undefined;
async function observedRecords(): Promise<readonly DynamoDBRecord[]> {
  const streams = localDynamoDbStreams();
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const StreamArn = Table?.LatestStreamArn ?? '';
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.[0]?.ShardId;
  const { ShardIterator } = await streams.send(
    new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
  );
  const { Records = [] } = await streams.send(new GetRecordsCommand({ ShardIterator }));
  return Records.map((record) => timeToLive.observe(toLambdaRecord(record, StreamArn)));
}

describe('time to live', () => {
  it('removes an item that it heard of from the stream, and marks the removal as DynamoDB does', async () => {
    await timeToLive.start();
    await put(secondsFromNow(1));
    await observedRecords();
    await expect.poll(isThere).toBe(false);
    const records = await observedRecords();
    expect(records.at(-1)).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
    });
  });

  it('removes what had expired before it started', async () => {
    await put(secondsFromNow(-100));
    await timeToLive.start();
    await expect.poll(isThere).toBe(false);
  });

  it('tries again when it could not note a removal, as on a full disk', async () => {
    let notes = 0;
    class FullAtFirst extends RemovalJournal {
      override add(removal: Removal): void {
        notes += 1;
        if (notes === 1) throw new Error('no space left on device');
        super.add(removal);
      }
    }
    timeToLive = timeToLiveOf(new FullAtFirst());
    await put(secondsFromNow(-100));
    await timeToLive.start();
    await expect.poll(isThere).toBe(false);
    expect(notes).toBe(2);
  });

  it("leaves a caller's own removal unmarked", async () => {
    await timeToLive.start();
    await put(secondsFromNow(3_600));
    await observedRecords();
    await client.send(new DeleteItemCommand({ TableName, Key: key }));
    const records = await observedRecords();
    expect(records.at(-1)).toMatchObject({ eventName: 'REMOVE' });
    expect(records.at(-1)).not.toHaveProperty('userIdentity');
  });

  it('leaves an item alone whose time was put off since, though it hears of that later', async () => {
    const past = secondsFromNow(-1);
    await put(past);
    await put(secondsFromNow(3_600));
    await timeToLive.start();
    timeToLive.observe({ dynamodb: { Keys: key, NewImage: { ...key, ttl: { N: past } } } });
    const other = { pk: { S: 'p' }, sk: { S: 'other' } };
    await client.send(new PutItemCommand({ TableName, Item: { ...other, ttl: { N: past } } }));
    timeToLive.observe({ dynamodb: { Keys: other, NewImage: { ttl: { N: past } } } });
    const isOtherThere = async () =>
      (await client.send(new GetItemCommand({ TableName, Key: other }))).Item !== undefined;
    await expect.poll(isOtherThere).toBe(false);
    await timeToLive.stop();
    expect(await isThere()).toBe(true);
  });
});
