import { DeleteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { Client } from '@opensearch-project/opensearch';
import { beforeEach, describe, expect, it } from 'vitest';
import { heartbeatKey } from '../../../contracts/entities/heartbeat.ts';
import { HEARTBEAT_IDS, HeartbeatId } from '../../../contracts/ids.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { writeHeartbeatsHandler } from '../../../handlers/scheduled/write-heartbeats.ts';
import { type Clock, systemClock } from '../../../pipelines/clock.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { readIndexLag } from '../../../pipelines/search/lag/index-lag.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { localDynamoDb, localOpenSearch } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const START = new Date('2026-11-25T12:00:00.000Z');
const client = localOpenSearch();
const dynamoDb = localDynamoDb();
const { signal } = new AbortController();

let now = START;
const clock: Clock = { now: () => now, firstVersion: systemClock.firstVersion };
const index = new SearchIndex({ emailHash: emailHashes, client, clock });
let table: TestTable;

const passes = (seconds: number): void => {
  now = new Date(now.getTime() + seconds * 1_000);
};
const published: number[] = [];
const beat = (openSearch = client): Promise<void> =>
  writeHeartbeatsHandler({
    dynamoDb,
    openSearch,
    tableName: table.tableName,
    clock,
    metric: { publish: (lagSeconds) => published.push(lagSeconds) },
  })();
/** What the stream would bring, but for heartbeats that are stuck. */
async function deliver(stuck: readonly string[] = []): Promise<void> {
  const items = (await table.all()).filter(
    (item) => item.entityType === 'Heartbeat' && !stuck.includes(item.heartbeatId),
  );
  await Promise.all(items.map((item) => index.handle(currentChange(item), signal)));
}
const lag = () => readIndexLag(client, clock);

beforeEach(async () => {
  now = START;
  published.length = 0;
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  await client.indices.delete({ index: 'heartbeats-v*' });
  await installIndices(client, indexDefinitions);
});

describe('the index lag', () => {
  it('is not known before every heartbeat has come once', async () => {
    await beat();
    await deliver(['7']);

    expect(await lag()).toBeUndefined();
  });

  it('is as long as heartbeats took from the table to the index, and a refresh', async () => {
    await beat();
    passes(3);
    await deliver();

    expect(await lag()).toEqual({ lagSeconds: 4, measuredAt: START.toISOString() });
  });

  it('stays as it is when heartbeats come a second time', async () => {
    await beat();
    await deliver();
    passes(30);
    await deliver();

    expect(await lag()).toMatchObject({ lagSeconds: 1 });
  });

  it('falls behind with the one part of the stream that is stuck', async () => {
    await beat();
    await deliver();
    for (let minute = 0; minute < 10; minute += 1) {
      passes(60);
      await beat();
      await deliver(['7']);
    }

    expect(await lag()).toEqual({ lagSeconds: 541, measuredAt: START.toISOString() });
  });

  it('is back when the stream is', async () => {
    await beat();
    await deliver();
    passes(600);
    await beat();
    await deliver();

    expect(await lag()).toMatchObject({ lagSeconds: 1 });
  });

  it('is back after a heartbeat was deleted by hand', async () => {
    const key = heartbeatKey(HeartbeatId.parse(HEARTBEAT_IDS[0]));
    await beat();
    await deliver();
    await dynamoDb.send(new DeleteItemCommand({ TableName: table.tableName, Key: marshall(key) }));
    passes(60);
    await beat();
    await deliver();

    expect(await lag()).toEqual({ lagSeconds: 1, measuredAt: now.toISOString() });
  });
});

describe('the metric of the index lag', () => {
  it('is published with each round of heartbeats, from those before it', async () => {
    await beat();
    await deliver();
    passes(60 + 400);
    await beat();

    expect(published).toEqual([401]);
  });

  it('is not published while OpenSearch does not answer, and the heartbeats are written', async () => {
    await beat(new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 }));

    expect(published).toEqual([]);
    expect((await table.all()).filter(({ entityType }) => entityType === 'Heartbeat')).toHaveLength(16);
  });
});
