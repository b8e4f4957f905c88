import type { Client } from '@opensearch-project/opensearch';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HEARTBEAT_IDS } from '../../../contracts/ids.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { writeHeartbeatsHandler } from '../../../handlers/scheduled/write-heartbeats.ts';
import { ReindexArguments, runReindex } from '../../../infra/ops/commands/reindex.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { readIndex } from '../../../pipelines/reconciliation/read-index.ts';
import { installIndices, withSearchShards } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import { HEARTBEATS_INDEX } from '../../../pipelines/search/index-names.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { readIndexLag } from '../../../pipelines/search/lag/index-lag.ts';
import {
  firstCheckpoint,
  IndexMissingError,
  IndexStateError,
} from '../../../pipelines/search/reindex/checkpoint.ts';
import { readIndexUuid, readShards } from '../../../pipelines/search/reindex/index-steps.ts';
import { replaceLost } from '../../../pipelines/search/reindex/lost-index.ts';
import { askerOf, finish, reindex } from '../../../pipelines/search/reindex/reindex.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { orderItem } from '../../builders/values/items.ts';
import { eventually } from '../../builders/waiting.ts';
import { opsTarget, runCommand } from '../dead-letters/ops-target.ts';
import { WrittenOrders } from '../orders/written-orders.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { ownOpenSearch } from '../parts/own-open-search.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { TestCheckpoints } from '../parts/test-checkpoints.ts';

const dynamoDb = localDynamoDb();
const { signal } = new AbortController();
const LIVE = { orders: {}, 'orders-write': { is_write_index: true } };
const SHADOW = { 'orders-shadow': { is_write_index: true } };

let openSearch: Client;
let table: TestTable;
let checkpoints: TestCheckpoints;

// A node of its own: it loses the indices that other files read.
beforeAll(async () => {
  const own = await ownOpenSearch();
  openSearch = own.client;
  return own.stop;
});
beforeEach(async () => {
  await openSearch.indices.delete({ index: '*' });
  await installIndices(openSearch, indexDefinitions);
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  checkpoints = new TestCheckpoints();
});

const definitionOf = (name: string) => indexDefinitions.find((one) => one.name === name) ?? expect.fail();
const ask = () => askerOf({ openSearch }, signal);
const replaced = (name = 'orders', waitSeconds = 5) => replaceLost(ask(), definitionOf(name), waitSeconds);
const deps = (wait = async (): Promise<void> => undefined) => ({
  ...{ dynamoDb, tableName: table.tableName, openSearch, emailHash: emailHashes, checkpoints },
  nowMs: Date.now,
  wait,
});
const rebuilt = (wait?: () => Promise<void>) =>
  reindex(deps(wait), 'orders', definitionOf('orders'), {
    ...{ segments: 2, rounds: 4, recheckMs: 300, restart: false },
    ...{ noticeMs: 0, signal },
  });
const consumer = (requestTimeoutMs?: number) =>
  new SearchIndex({
    ...{ emailHash: emailHashes, client: openSearch, shadowAgeMsMax: 0 },
    ...(requestTimeoutMs && { requestTimeoutMs }),
  });
const aliases = async (name = 'orders'): Promise<Record<string, string[]>> => {
  const { body } = await openSearch.indices.getAlias({ index: `${name}-v*` });
  return Object.fromEntries(
    Object.entries(body).map(([index, { aliases: ofIndex }]) => [index, Object.keys(ofIndex).toSorted()]),
  );
};
/** An index whose primary shard no node may have, as after the loss of every copy. */
const createLost = (index: string, ofIndex: Record<string, object>) =>
  openSearch.indices.create({
    ...{ index, wait_for_active_shards: '0' },
    body: { settings: { 'index.routing.allocation.require._name': 'none' }, aliases: ofIndex },
  });
const loseLive = async () => {
  await openSearch.indices.delete({ index: 'orders-v1' });
  await createLost('orders-v1', LIVE);
};

describe('an index that does not exist', () => {
  beforeEach(() => openSearch.indices.delete({ index: 'orders-v1' }));

  it('is not rebuilt, and the remedy is to replace it', async () => {
    const refused = rebuilt();
    await expect(refused).rejects.toBeInstanceOf(IndexMissingError);
    await expect(refused).rejects.toMatchObject({
      code: 'index-state',
      remedy: expect.stringContaining('--lost'),
    });
  });

  it('is replaced by an empty one, with the number of shards of the stack, and then rebuilt', async () => {
    await table.put(orderItem());
    await installIndices(
      openSearch,
      withSearchShards(
        indexDefinitions.filter(({ name }) => name === 'orders'),
        2,
      ),
    );
    await openSearch.indices.delete({ index: 'orders-v1' });

    expect(await replaced()).toMatchObject({ red: [], replacement: 'orders-v1' });
    expect(await aliases()).toEqual({ 'orders-v1': ['orders', 'orders-write'] });
    expect(await readShards(ask(), 'orders-v1')).toBe(2);
    expect((await readIndex(openSearch, 'orders')).size).toBe(0);
    expect(await rebuilt()).toMatchObject({ outcome: 'swapped', live: 'orders-v2', documents: 1 });
  });

  it('is replaced beside a shadow index that is kept', async () => {
    await openSearch.indices.create({ index: 'orders-v2', body: { aliases: SHADOW } });

    await replaced();

    expect(await aliases()).toEqual({
      'orders-v2': ['orders-shadow'],
      'orders-v3': ['orders', 'orders-write'],
    });
  });

  it('is not lost while an index of another name has its aliases', async () => {
    await openSearch.indices.create({ index: 'restored', body: { aliases: LIVE } });

    await expect(replaced()).rejects.toBeInstanceOf(IndexStateError);
    expect(await aliases()).toEqual({});
  });

  it('is not lost while an index has one of its aliases', async () => {
    await openSearch.indices.create({ index: 'orders-v1', body: { aliases: { orders: {} } } });

    await expect(replaced()).rejects.toBeInstanceOf(IndexStateError);
    expect(await aliases()).toEqual({ 'orders-v1': ['orders'] });
  });
});

describe('an index that is red', () => {
  beforeEach(loseLive);

  it('is replaced and rebuilt while a consumer keeps writing, whose writes had failed', async () => {
    const older = orderItem({ orderId: orderIdOf(900) });
    await table.put(older);
    await expect(consumer(500).handle(currentChange(older), signal)).rejects.toBeInstanceOf(
      SearchUnavailableError,
    );
    const written = new WrittenOrders(dynamoDb, table.tableName, [consumer(500), consumer(500)]);
    const stop = new AbortController();
    const rounds = [0, 0];
    const writers = rounds.map(async (_, writer) => {
      for (; !stop.signal.aborted; rounds[writer] = (rounds[writer] ?? 0) + 1)
        await written.write(writer * 10 + ((rounds[writer] ?? 0) % 10));
    });
    /** Until every writer has begun and ended a write since. */
    const writersPass = (): Promise<void> => {
      const before = [...rounds];
      return eventually(() => {
        for (const [writer, round] of before.entries()) expect(rounds[writer]).toBeGreaterThan(round + 1);
      });
    };
    const busy = Promise.all(writers);
    busy.catch(() => stop.abort());
    try {
      expect(await replaced()).toMatchObject({ red: ['orders-v1'], replacement: 'orders-v2' });
      await writersPass();
      expect(await rebuilt(writersPass)).toMatchObject({ outcome: 'swapped', live: 'orders-v3' });
      expect(await replaced()).toBeUndefined();
    } finally {
      stop.abort();
    }
    await busy;

    const documents = await readIndex(openSearch, 'orders');
    expect(new Map([...documents].map(([id, { version }]) => [id, version]))).toEqual(
      new Map([...written.versions(), [older.orderId, older.version]]),
    );
  });

  it('stays where no node takes an empty one', async () => {
    const persistent = (allocated: string | null) =>
      openSearch.cluster.putSettings({
        body: { persistent: { 'cluster.routing.allocation.enable': allocated } },
      });
    await persistent('none');
    try {
      await expect(replaced('orders', 1)).rejects.toBeInstanceOf(SearchUnavailableError);
    } finally {
      await persistent(null);
    }
    expect(await aliases()).toEqual({ 'orders-v1': ['orders', 'orders-write'] });
  });
});

describe('an index that is not lost', () => {
  it.each(['orders', HEARTBEATS_INDEX])('stays as it is: %s', async (name) => {
    const before = await aliases(name);
    expect(await replaced(name)).toBeUndefined();
    expect(await aliases(name)).toEqual(before);
  });
});

describe('a shadow index that is red, beside a healthy live one', () => {
  beforeEach(() => createLost('orders-v2', SHADOW));

  it('is deleted, so that the writes succeed', async () => {
    const change = currentChange(orderItem());
    await expect(consumer(500).handle(change, signal)).rejects.toBeInstanceOf(SearchUnavailableError);

    expect(await replaced()).toMatchObject({ red: ['orders-v2'], replacement: undefined });

    await consumer().handle(change, signal);
    expect(await aliases()).toEqual({ 'orders-v1': ['orders', 'orders-write'] });
  });

  it('is deleted where an unfinished rebuild would go on with it, which then begins again', async () => {
    await table.put(orderItem());
    const created = { target: 'orders-v2', targetUuid: await readIndexUuid(ask(), 'orders-v2') };
    await checkpoints.write(firstCheckpoint({ ...created, createdAtMs: 0 }, 2));

    await replaced();

    expect(await rebuilt()).toMatchObject({ outcome: 'swapped', shadow: 'orders-v1', documents: 1 });
  });

  it('is deleted by a rebuild', async () => {
    expect(await rebuilt()).toMatchObject({ outcome: 'swapped', live: 'orders-v3', shadow: 'orders-v1' });
  });

  it('is deleted where the rebuild is finished', async () => {
    expect(await finish(deps(), 'orders', signal)).toBe('orders-v2');
  });
});

describe('the index of the heartbeats', () => {
  it('is replaced, so that the index lag is known again', async () => {
    const settings = { dynamoDb, openSearch, tableName: table.tableName, clock };
    const beat = async (): Promise<void> => {
      await writeHeartbeatsHandler({ ...settings, metric: { publish: () => undefined } })();
      const items = (await table.all()).filter(({ entityType }) => entityType === 'Heartbeat');
      expect(items).toHaveLength(HEARTBEAT_IDS.length);
      const index = consumer();
      await Promise.allSettled(items.map((item) => index.handle(currentChange(item), signal)));
    };
    await openSearch.indices.delete({ index: 'heartbeats-v1' });
    await beat();
    expect(await readIndexLag(openSearch, clock)).toBeUndefined();

    expect(await replaced(HEARTBEATS_INDEX)).toMatchObject({ replacement: 'heartbeats-v1' });
    await beat();

    expect(await readIndexLag(openSearch, clock)).toBeDefined();
  });
});

describe('the command', () => {
  const planned = async (more: object) => {
    const target = await opsTarget(table.tableName, 'no-bucket');
    const options = ReindexArguments.parse({
      ...{ args: ['orders', 'products'], all: false, restart: false, rollback: false, finish: false },
      ...{ segments: 1, recheck: 0, checkpoints: '/nonexistent', dryRun: true, lost: true },
      ...more,
    });
    const { text } = await runCommand({ ...target, openSearch }, runReindex, options, true);
    return JSON.parse(text);
  };

  it('refuses an index that does not exist, also as a dry run', async () => {
    await openSearch.indices.delete({ index: 'orders-v1' });
    await expect(planned({ lost: false, dryRun: false })).rejects.toBeInstanceOf(IndexMissingError);
    await expect(planned({ lost: false })).rejects.toBeInstanceOf(IndexMissingError);
  });

  it('says what it would replace, and changes nothing', async () => {
    await loseLive();
    await openSearch.indices.delete({ index: ['products-v1', 'heartbeats-v1'] });
    const rebuild = 'with 1 primary shard, fill it from the table, compare it with the table and swap it in';

    expect(await planned({})).toEqual([
      {
        name: 'orders',
        live: 'orders-v1',
        would: `delete orders-v1 (lost), create orders-v2 (empty), create orders-v3 ${rebuild}`,
      },
      { name: 'products', would: `create products-v1 (empty), create products-v2 ${rebuild}` },
      { name: 'heartbeats', would: 'create heartbeats-v1 (empty)' },
    ]);
    expect(await aliases()).toEqual({ 'orders-v1': ['orders', 'orders-write'] });
    expect(await aliases('products')).toEqual({});
    expect(await aliases(HEARTBEATS_INDEX)).toEqual({});
  });

  it('says of what is not lost what a rebuild does', async () => {
    expect(await planned({})).toEqual(await planned({ lost: false }));
  });
});
