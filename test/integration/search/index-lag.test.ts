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
import { indexFreshness } from '../../../pipelines/search/lag/index-lag.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { localDynamoDb, localOpenSearch } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const START = new Date('2026-11-25T12:00:00.000Z');
const client = localOpenSearch();
const dynamoDb = localDynamoDb();
const { signal } = new AbortController();

let now = START;
const clock: Clock = { now: () => now, firstVersion: systemClock.firstVersion };
const index = new SearchIndex({ client, clock });
let table: TestTable;

const passes = (seconds: number): void => {
  now = new Date(now.getTime() + seconds * 1_000);
};
const published: number[] = [];
const writeHeartbeats = (openSearch = client): Promise<void> =>
  writeHeartbeatsHandler({
    dynamoDb,
    openSearch,
    tableName: table.tableName,
    clock,
    metric: { publish: (behindSeconds) => published.push(behindSeconds) },
  })();
/** What the stream would bring, but for heartbeats that are stuck. */
async function deliver(stuck: readonly string[] = []): Promise<void> {
  const items = (await table.all()).filter(
    (item) => item.entityType === 'Heartbeat' && !stuck.includes(item.heartbeatId),
  );
  await Promise.all(items.map((item) => index.handle(currentChange(item), signal)));
}
const lag = () => indexFreshness(client, clock);

beforeEach(async () => {
  now = START;
  published.length = 0;
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  await client.indices.delete({ index: 'heartbeats-v*' });
  await installIndices(client, indexDefinitions);
});

describe('the index lag', () => {
  it('is not known before every heartbeat has come once', async () => {
    await writeHeartbeats();
    await deliver(['7']);

    expect(await lag()).toBeUndefined();
  });

  it('is as long as heartbeats took from the table to the index, and a refresh', async () => {
    await writeHeartbeats();
    passes(3);
    await deliver();

    expect(await lag()).toEqual({ behindSeconds: 4, measuredAt: START.toISOString() });
  });

  it('stays as it is when heartbeats come a second time', async () => {
    await writeHeartbeats();
    await deliver();
    passes(30);
    await deliver();

    expect(await lag()).toMatchObject({ behindSeconds: 1 });
  });

  it('grows with the one part of the stream that is stuck', async () => {
    await writeHeartbeats();
    await deliver();
    for (let minute = 0; minute < 10; minute += 1) {
      passes(60);
      await writeHeartbeats();
      await deliver(['7']);
    }

    expect(await lag()).toEqual({ behindSeconds: 541, measuredAt: START.toISOString() });
  });

  it('is back when the stream is', async () => {
    await writeHeartbeats();
    await deliver();
    passes(600);
    await writeHeartbeats();
    await deliver();

    expect(await lag()).toMatchObject({ behindSeconds: 1 });
  });

  it('is back after a heartbeat was deleted by hand', async () => {
    const key = heartbeatKey(HeartbeatId.parse(HEARTBEAT_IDS[0]));
    await writeHeartbeats();
    await deliver();
    await dynamoDb.send(new DeleteItemCommand({ TableName: table.tableName, Key: marshall(key) }));
    passes(60);
    await writeHeartbeats();
    await deliver();

    expect(await lag()).toEqual({ behindSeconds: 1, measuredAt: now.toISOString() });
  });
});

describe('the metric of the index lag', () => {
  it('is published with each set of heartbeats, from those before it', async () => {
    await writeHeartbeats();
    await deliver();
    passes(60 + 400);
    await writeHeartbeats();

    expect(published).toEqual([401]);
  });

  it('is not published while OpenSearch does not respond, and the heartbeats are written', async () => {
    await writeHeartbeats(new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 }));

    expect(published).toEqual([]);
    expect((await table.all()).filter(({ entityType }) => entityType === 'Heartbeat')).toHaveLength(16);
  });
});
