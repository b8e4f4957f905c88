import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { startDynamoDb } from '../../../infra/local/parts/dynamodb.ts';
import { RestartablePart } from '../../../infra/local/parts/restartable-part.ts';
import { createTestTable } from '../parts/table.ts';

/** The server is started three times. */
const TIMEOUT_MS = 120_000;
const KILLS = 2;
const WRITERS = [
  ...Array.from({ length: 9 }, (_, index) => `transaction-${index}`),
  'put-1',
  'put-2',
  'put-3',
];
const RESPONSES_BEFORE_KILL = 40;

const clientOf = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ endpoint, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS, maxAttempts: 1 });
const itemOf = (pk: string, sk: string) => ({ pk: { S: pk }, sk: { S: sk } });

type Key = readonly [pk: string, sk: string];

/** Writes an item, or two in a transaction; gives their keys. */
async function write(client: DynamoDBClient, TableName: string, pk: string): Promise<readonly Key[]> {
  if (pk.startsWith('put')) {
    await client.send(new PutItemCommand({ TableName, Item: itemOf(pk, 'a') }));
    return [[pk, 'a']];
  }
  const TransactItems = ['a', 'b'].map((sk) => ({ Put: { TableName, Item: itemOf(pk, sk) } }));
  await client.send(new TransactWriteItemsCommand({ TransactItems }));
  return [
    [pk, 'a'],
    [pk, 'b'],
  ];
}

/** Writes until the part is killed, as soon as enough was acknowledged. Returns the keys of all items whose write was acknowledged. */
async function writeUntilKilled(
  client: DynamoDBClient,
  TableName: string,
  round: string,
  kill: () => Promise<void>,
): Promise<readonly Key[]> {
  const acknowledged: Key[] = [];
  let killing: Promise<void> | undefined;
  const writeOn = async (writer: string): Promise<void> => {
    for (let number = 0; killing === undefined; number += 1) {
      acknowledged.push(...(await write(client, TableName, `${writer}-${round}-${number}`)));
      if (acknowledged.length >= RESPONSES_BEFORE_KILL) killing ??= kill();
    }
  };
  const writing = WRITERS.map((writer) =>
    writeOn(writer).catch((error: unknown) => {
      if (killing === undefined) throw error;
    }),
  );
  await Promise.all(writing);
  await killing;
  return acknowledged;
}

it(
  'has every transaction and every put that it acknowledged after kill -9',
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'dynamodb-killed-'));
    onTestFinished(() => rm(dataDir, { recursive: true }));
    const part = new RestartablePart({
      start: startDynamoDb,
      options: { port: 0, dataDir },
      onCrash: () => undefined,
    });
    onTestFinished(() => part.stop());
    let client = clientOf((await part.start()).endpoint);
    const TableName = await createTestTable(client);
    const lost: string[] = [];
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const acknowledged = await writeUntilKilled(client, TableName, `kill-${kill}`, () => part.kill());
      client = clientOf((await part.start()).endpoint);
      for (const [pk, sk] of acknowledged) {
        const { Item } = await client.send(new GetItemCommand({ TableName, Key: itemOf(pk, sk) }));
        if (Item === undefined) lost.push(`${pk} ${sk}`);
      }
    }
    expect(lost).toEqual([]);
  },
  TIMEOUT_MS,
);
