import { type AttributeValue, DescribeTableCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeStreamCommand,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
  type _Record as SdkRecord,
} from '@aws-sdk/client-dynamodb-streams';
import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TableItem } from '../../../contracts/entities/entities.ts';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { readCurrent } from '../../../pipelines/dead-letters/parse/current-record.ts';
import { readItem } from '../../../pipelines/dynamodb/read-items.ts';
import { scanTable } from '../../../pipelines/dynamodb/scan-table.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { toLambdaRecord } from '../../../pipelines/stream/lambda-record.ts';
import { changedImage } from '../../builders/values/attribute-values.ts';
import {
  accountItem,
  ledgerEntryItem,
  orderItem,
  productItem,
  reservationItem,
  userItem,
} from '../../builders/values/items.ts';
import { localDynamoDb, localDynamoDbStreams } from '../parts/clients.ts';
import { createStreamedTable } from '../parts/table.ts';

type Image = Record<string, AttributeValue>;

const ITEMS = 400;
const READS_MAX = 200;
const SEGMENTS = 2;
const SEED = 20_260_301;
const TIMEOUT_MS = 100_000;

const dynamoDb = localDynamoDb();
const streams = localDynamoDbStreams();

/** Items with every attribute that their contracts know, each number with a key of its own. */
const soundItems: readonly ((number: number) => TableItem)[] = [
  (number) =>
    orderItem({
      userId: `u-${number}`,
      sourceId: 'CA-2016-152156',
      ttl: 2_000_000_000,
      shipTo: {
        name: 'Ada',
        city: 'Dresden',
        state: 'Saxony',
        postalCode: '01067',
        region: 'East',
        country: 'Germany',
      },
    }),
  (number) => userItem({ userId: `u-${number}`, segment: 'Consumer', ttl: 2_000_000_000 }),
  (number) => productItem({ sku: `s-${number}`, subCategory: 'Chairs', ttl: 2_000_000_000 }),
  (number) => accountItem({ accountId: `a-${number}` }),
  (number) => ledgerEntryItem({ accountId: `a-${number}` }),
  (number) => reservationItem({ orderId: orderIdOf(number) }),
];
const orderIdOf = (number: number): string => `01KJMSY7G0${String(number).padStart(16, '0')}`;
let made = 0;
const images = fc.constantFrom(...soundItems).chain((itemOf) => {
  made += 1;
  return changedImage(marshall(itemOf(made), { removeUndefinedValues: true }));
});

/** What a reader says of an item: that it is sound, or the fields that break its contract. */
type Verdict = 'sound' | readonly string[];

function verdictOf(read: () => unknown): Verdict {
  try {
    read();
    return 'sound';
  } catch (error) {
    if (error instanceof ContractViolationError)
      return [...new Set(error.issues.map(({ path }) => path.replace(/^NewImage\./, '')))].toSorted();
    throw error;
  }
}

/** All records of a table's stream, as Lambda has them: through JSON. */
async function streamRecords(tableName: string, count: number): Promise<readonly unknown[]> {
  const { Table } = await dynamoDb.send(new DescribeTableCommand({ TableName: tableName }));
  const StreamArn = Table?.LatestStreamArn ?? expect.fail('no stream');
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const found: SdkRecord[] = [];
  for (const { ShardId } of StreamDescription?.Shards ?? []) {
    let { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    for (
      let reads = 0;
      ShardIterator !== undefined && found.length < count && reads < READS_MAX;
      reads += 1
    ) {
      const page: GetRecordsCommandOutput = await streams.send(new GetRecordsCommand({ ShardIterator }));
      found.push(...(page.Records ?? []));
      ShardIterator = page.NextShardIterator;
    }
  }
  return found.map((record) => JSON.parse(JSON.stringify(toLambdaRecord(record, StreamArn))));
}

/** Puts an image as it is; `false` where DynamoDB refuses it, such as for an index key of another type. */
async function put(tableName: string, image: Image): Promise<boolean> {
  try {
    await dynamoDb.send(new PutItemCommand({ TableName: tableName, Item: image }));
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationException') return false;
    throw error;
  }
}

const keyText = ({ pk, sk }: ItemKey): string => `${pk} ${sk}`;
const keyOf = ({ pk, sk }: Image): ItemKey => ({ pk: pk?.S ?? '', sk: sk?.S ?? '' });

async function verifySays(tableName: string): Promise<ReadonlyMap<string, boolean>> {
  const isSound = new Map<string, boolean>();
  await scanTable(
    dynamoDb,
    { tableName, segments: SEGMENTS, signal: AbortSignal.timeout(TIMEOUT_MS) },
    {
      item: (item) => void isSound.set(keyText(item), true),
      malformed: (key) => void isSound.set(keyText(key), false),
    },
  );
  return isSound;
}

async function apiSays(tableName: string, key: ItemKey): Promise<Verdict> {
  const item = await readItem(dynamoDb, { tableName, key, schema: TableItem }).catch(
    (error: unknown) => error,
  );
  return verdictOf(() => {
    if (item instanceof Error) throw item;
  });
}

async function replaySays(tableName: string, key: ItemKey): Promise<Verdict> {
  const record = await readCurrent(dynamoDb, tableName, key, AbortSignal.timeout(TIMEOUT_MS));
  return verdictOf(() => decodeChange(JSON.parse(JSON.stringify(record))));
}

describe('an item of any kind', () => {
  it('is the same to the API, the consumers, verify and replay', async () => {
    const tableName = await createStreamedTable(dynamoDb);
    const keys: ItemKey[] = [];
    for (const image of fc.sample(images, { numRuns: ITEMS, seed: SEED }))
      if (await put(tableName, image)) keys.push(keyOf(image));
    const records = await streamRecords(tableName, keys.length);
    const ofVerify = await verifySays(tableName);

    const verdicts = await Promise.all(
      keys.map(async (key, index) => ({
        key,
        consumers: verdictOf(() => decodeChange(records[index])),
        api: await apiSays(tableName, key),
        replay: await replaySays(tableName, key),
        isSoundToVerify: ofVerify.get(keyText(key)),
      })),
    );
    for (const { key, consumers, ...others } of verdicts)
      expect({ key, ...others }).toEqual({
        key,
        api: consumers,
        replay: consumers,
        isSoundToVerify: consumers === 'sound',
      });
    // With one kind alone the sample would show nothing.
    const sound = verdicts.filter(({ consumers }) => consumers === 'sound');
    expect(sound.length).toBeGreaterThan(20);
    expect(sound.length).toBeLessThan(verdicts.length / 2);
  });
});
