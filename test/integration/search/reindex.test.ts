import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@opensearch-project/opensearch';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { ReindexArguments, runReindex } from '../../../infra/ops/commands/reindex.ts';
import { readIndex } from '../../../pipelines/reconciliation/read-index.ts';
import type { IndexDefinition } from '../../../pipelines/search/admin/install-indices.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { SearchIndex, searchIndexConsumer } from '../../../pipelines/search/indexing/search-index.ts';
import {
  type Checkpoint,
  type CheckpointStore,
  IndexStateError,
  NothingToRollBackError,
} from '../../../pipelines/search/reindex/checkpoint.ts';
import { readShards } from '../../../pipelines/search/reindex/index-steps.ts';
import {
  askerOf,
  finish,
  type ReindexOptions,
  type ReindexStep,
  reindex,
  rollBack,
} from '../../../pipelines/search/reindex/reindex.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { consumeBatch } from '../../builders/stream/stream-batch.ts';
import { modifyOf } from '../../builders/stream/stream-record.ts';
import { orderItem, orderLine, productItem, userItem } from '../../builders/values/items.ts';
import { opsTarget, runCommand } from '../dead-letters/ops-target.ts';
import { WrittenOrders } from '../orders/written-orders.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { ownOpenSearch } from '../parts/own-open-search.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { TestCheckpoints } from '../parts/test-checkpoints.ts';
import { allPages, type SearchApi, startSearchApi } from './search-api.ts';
import { storedDocument } from './stored-document.ts';

const dynamoDb = localDynamoDb();
const { signal } = new AbortController();
const definition: IndexDefinition = indexDefinitions.find(({ name }) => name === 'orders') ?? expect.fail();
const SHADOW_AGE_MS = 100;
// A busy machine may take seconds for a write that began before the notice.
const NOTICE_MS = 4_000;

let openSearch: Client;
let table: TestTable;

// A node of its own: the index that is rebuilt is the one that other files read.
beforeAll(async () => {
  const own = await ownOpenSearch();
  openSearch = own.client;
  return own.stop;
});
beforeEach(async () => {
  await openSearch.indices.delete({ index: '*' });
  await installIndices(openSearch, indexDefinitions);
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
});

const depsWith = (checkpoints: CheckpointStore) => ({
  dynamoDb,
  tableName: table.tableName,
  openSearch,
  emailHash: emailHashes,
  checkpoints,
  nowMs: Date.now,
  wait: (ms: number, waitSignal: AbortSignal) => sleep(ms, undefined, { signal: waitSignal }),
});
const options = (overrides: Partial<ReindexOptions> = {}): ReindexOptions => ({
  segments: 4,
  rounds: 4,
  recheckMs: 300,
  noticeMs: 0,
  restart: false,
  signal,
  ...overrides,
});
const rebuilt = (checkpoints = new TestCheckpoints(), overrides: Partial<ReindexOptions> = {}) =>
  reindex(depsWith(checkpoints), 'orders', definition, options(overrides));
const aliases = async (): Promise<Record<string, string[]>> => {
  const { body } = await openSearch.indices.getAlias({ index: 'orders-v*' });
  return Object.fromEntries(
    Object.entries(body).map(([index, { aliases: ofIndex }]) => [index, Object.keys(ofIndex).toSorted()]),
  );
};
/** The version of an order that a reader finds now. */
async function versionRead(id: string): Promise<number | undefined> {
  const { body } = await openSearch.get({ index: 'orders', id }, { ignore: [404] });
  // Where there is no index it is an error, with 404 as well.
  if (!('found' in body)) throw new Error('There is no index behind the read alias');
  return body._version;
}
const orders = (count: number) =>
  Array.from({ length: count }, (_, number) => orderItem({ orderId: orderIdOf(number) }));

describe('rebuilding an index', () => {
  it('creates its next version from the table, and keeps the old one as its shadow index', async () => {
    await table.put(...orders(10), userItem());

    const result = await rebuilt();

    expect(result).toMatchObject({
      outcome: 'swapped',
      live: 'orders-v2',
      shadow: 'orders-v1',
      documents: 10,
    });
    expect(await aliases()).toEqual({
      'orders-v1': ['orders-shadow'],
      'orders-v2': ['orders', 'orders-write'],
    });
    expect((await readIndex(openSearch, 'orders')).size).toBe(10);
  });

  it('lists the items that break their contract', async () => {
    const [order] = orders(1);
    await table.put({ ...order, total: 'much' });

    expect((await rebuilt()).malformed).toEqual([{ pk: order?.pk, sk: order?.sk }]);
  });

  it('deletes the shadow index of the previous rebuild', async () => {
    await rebuilt();
    await rebuilt();

    expect(Object.keys(await aliases()).toSorted()).toEqual(['orders-v2', 'orders-v3']);
  });

  it('swaps nothing while the new mapping refuses a document', async () => {
    await table.put(...orders(2));
    const strict = { mappings: { dynamic: 'strict', properties: { orderId: { type: 'keyword' } } } };

    const result = await reindex(
      depsWith(new TestCheckpoints()),
      'orders',
      { name: 'orders', body: strict },
      options({ recheckMs: 10 }),
    );

    expect(result).toMatchObject({ outcome: 'differs', live: 'orders-v1' });
    expect(result.refused.toSorted()).toEqual([orderIdOf(0), orderIdOf(1)]);
    expect(result.findings.map(({ id }) => id).toSorted()).toEqual([orderIdOf(0), orderIdOf(1)]);
  });

  it('is done although the stream has left out what moved the stock alone since the scan', async () => {
    const products = indexDefinitions.find(({ name }) => name === 'products') ?? expect.fail();
    const before = productItem({ stock: 9, received: 9 });
    const after = productItem({ stock: 8, received: 8, version: before.version + 1 });
    const moves: Promise<void>[] = [];
    await table.put(before);
    const consumer = searchIndexConsumer(
      new SearchIndex({ emailHash: emailHashes, client: openSearch, shadowAgeMsMax: 0 }),
    );
    const move = async (): Promise<void> => {
      await table.put(after);
      await consumeBatch([modifyOf(before, after)], { consumer });
    };
    const result = await reindex(
      depsWith(new TestCheckpoints()),
      'products',
      products,
      // The segments without the product are done too, and may be first.
      options({ onDocuments: (count) => void (count > 0 && moves.push(move())) }),
    );
    await Promise.all(moves);
    expect(result).toMatchObject({ outcome: 'swapped', documents: 1, repaired: 0 });
    expect(await storedDocument(openSearch, 'products', before.sku)).toMatchObject({
      version: before.version,
      source: { inStock: true },
    });
  });

  it('swaps nothing when another rebuild has swapped in the meantime', async () => {
    await table.put(...orders(2));
    const checkpoints = new TestCheckpoints();
    const wait = async () => {
      await rebuilt(checkpoints);
    };

    const late = reindex({ ...depsWith(checkpoints), wait }, 'orders', definition, options());

    await expect(late).rejects.toBeInstanceOf(IndexStateError);
    expect(await aliases()).toEqual({
      'orders-v1': ['orders-shadow'],
      'orders-v2': ['orders', 'orders-write'],
    });
  });

  it('deletes a document of the new index that has no item', async () => {
    const stray = new SearchIndex({ emailHash: emailHashes, client: openSearch, shadowAgeMsMax: 0 });
    const steps: ReindexStep[] = [];
    const onStep = (step: ReindexStep): void => {
      steps.push(step);
    };
    const deps = depsWith(new TestCheckpoints());
    // While it waits, a writer that knows of the shadow index writes what another one, who does not, has removed.
    const wait = () => stray.handle(currentChange(orderItem({ orderId: orderIdOf(7) })), signal);

    const result = await reindex({ ...deps, wait }, 'orders', definition, options({ onStep }));

    expect(steps).toEqual(['create', 'notice', 'backfill', 'verify', 'swap']);
    expect(result).toMatchObject({ outcome: 'swapped', repaired: 1 });
    expect((await readIndex(openSearch, 'orders')).size).toBe(0);
  });
});

describe('rebuilding an index with another number of shards', () => {
  const placed = Array.from({ length: 60 }, (_, number) =>
    orderItem({
      orderId: orderIdOf(number),
      // Many that are equal by score, time and total, so that their order follows from their ids alone.
      lines: [
        orderLine({
          name: number % 2 === 0 ? 'Oak chair' : 'Elm chair',
          category: `C${number % 7}`,
          amount: 100 * (1 + (number % 3)),
        }),
      ],
    }),
  );
  const sorts = ['relevance', 'createdAt:desc', 'createdAt:asc', 'total:desc', 'total:asc'];
  const queries = sorts.flatMap((sort) => [{ sort }, { sort, q: 'oak chair' }, { sort, q: 'chiar' }]);
  const shardsOf = (index: string) => readShards(askerOf({ openSearch }, signal), index);
  const withShards = (shards: number): IndexDefinition => ({ ...definition, shards });
  /** For each query its hits over all pages, in their order, with the number and the facets. */
  async function everythingFound(api: SearchApi) {
    const found = [];
    for (const query of queries) {
      const pages = await allPages(api, { query: { ...query, limit: '7' } });
      const [{ total, facets } = {}] = pages;
      found.push({ total, facets, ids: pages.flatMap(({ hits }) => hits.map(({ orderId }) => orderId)) });
    }
    return found;
  }

  it('keeps every document, and every search as it was, page by page', async () => {
    const api = await startSearchApi(openSearch);
    await table.put(...placed);
    await api.put(...placed);
    expect(await shardsOf('orders-v1')).toBe(1);
    const before = await everythingFound(api);

    const result = await reindex(depsWith(new TestCheckpoints()), 'orders', withShards(3), options());

    expect(result).toMatchObject({ outcome: 'swapped', live: 'orders-v2', documents: 60, repaired: 0 });
    expect(await shardsOf('orders-v2')).toBe(3);
    expect((await aliases())['orders-v2']).toEqual(['orders', 'orders-write']);
    expect((await readIndex(openSearch, 'orders')).size).toBe(60);
    const after = await everythingFound(api);
    expect(after).toEqual(before);
    expect(after.map(({ ids }) => new Set(ids).size)).toEqual(
      queries.map(({ q }) => (q === 'oak chair' ? 30 : 60)),
    );
  });

  it('takes the number that the installation has put into the template', async () => {
    await installIndices(openSearch, [withShards(2)]);
    expect(await shardsOf('orders-v1')).toBe(1);

    await rebuilt();

    expect(await shardsOf('orders-v2')).toBe(2);
  });

  it('starts an unfinished rebuild again that has another number', async () => {
    const checkpoints = new TestCheckpoints();
    checkpoints.diesAtWrite = 3;
    const rebuiltWith = (shards: number) =>
      reindex(depsWith(checkpoints), 'orders', withShards(shards), options());
    await expect(rebuiltWith(2)).rejects.toThrow('killed');
    checkpoints.diesAtWrite = Number.POSITIVE_INFINITY;

    expect(await rebuiltWith(3)).toMatchObject({ outcome: 'swapped', live: 'orders-v3' });
    expect(await shardsOf('orders-v3')).toBe(3);
  });
});

describe('a rebuild that was ended', () => {
  it('continues where it was', async () => {
    await table.put(...orders(40));
    const checkpoints = new TestCheckpoints();
    checkpoints.diesAtWrite = 4;
    await expect(rebuilt(checkpoints)).rejects.toThrow('killed');
    const done = (await checkpoints.read())?.segments.filter(({ isDone }) => isDone);
    expect(done).toHaveLength(2);
    checkpoints.diesAtWrite = Number.POSITIVE_INFINITY;
    const pages: number[] = [];

    const result = await rebuilt(checkpoints, { onDocuments: (count) => pages.push(count) });

    expect(pages).toHaveLength(2);
    expect(result).toMatchObject({ outcome: 'swapped', live: 'orders-v2', documents: 40, repaired: 0 });
  });

  it('starts from the beginning when asked to', async () => {
    const checkpoints = new TestCheckpoints();
    checkpoints.diesAtWrite = 3;
    await expect(rebuilt(checkpoints)).rejects.toThrow('killed');
    checkpoints.diesAtWrite = Number.POSITIVE_INFINITY;

    expect(await rebuilt(checkpoints, { restart: true })).toMatchObject({ live: 'orders-v3' });
    expect(Object.keys(await aliases()).toSorted()).toEqual(['orders-v1', 'orders-v3']);
  });

  it('starts from the beginning when it has left no checkpoint', async () => {
    const checkpoints = new TestCheckpoints();
    checkpoints.diesAtWrite = 1;
    await expect(rebuilt(checkpoints)).rejects.toThrow('killed');

    expect(await rebuilt()).toMatchObject({ live: 'orders-v3', shadow: 'orders-v1' });
  });

  describe('of which only the checkpoint remained', () => {
    let checkpoints: TestCheckpoints;
    beforeEach(async () => {
      checkpoints = new TestCheckpoints();
      const dying = {
        read: () => checkpoints.read(),
        write: (checkpoint: Checkpoint) => checkpoints.write(checkpoint),
        remove: () => Promise.reject(new Error('killed')),
      };
      const deps = { ...depsWith(checkpoints), checkpoints: dying };
      await expect(reindex(deps, 'orders', definition, options())).rejects.toThrow('killed');
    });

    it('is done', async () => {
      expect(await rebuilt(checkpoints)).toMatchObject({ outcome: 'swapped', live: 'orders-v2' });
      expect(await checkpoints.read()).toBeUndefined();
    });

    it('is done again where it is to start over', async () => {
      const again = await rebuilt(checkpoints, { restart: true });
      expect(again).toMatchObject({ outcome: 'swapped', live: 'orders-v3' });
    });
  });
});

describe('going back', () => {
  it('is refused where no older index is kept', async () => {
    const back = rollBack(depsWith(new TestCheckpoints()), 'orders', options());
    await expect(back).rejects.toBeInstanceOf(NothingToRollBackError);
  });

  it('is refused once it is done', async () => {
    await rebuilt();
    const deps = depsWith(new TestCheckpoints());
    await rollBack(deps, 'orders', options());
    await expect(rollBack(deps, 'orders', options())).rejects.toBeInstanceOf(NothingToRollBackError);
  });

  describe('by the command', () => {
    const rolledBack = async (asked: object) => {
      const target = Object.assign(await opsTarget(table.tableName, 'no-bucket'), { openSearch });
      const args = ReindexArguments.parse({
        ...{ args: [], all: false, restart: false, rollback: true, finish: false, dryRun: false },
        ...{ lost: false, segments: 1, recheck: 0, checkpoints: tmpdir(), ...asked },
      });
      const { code, text } = await runCommand(target, runReindex, args, true);
      return { code, results: parseJson(z.array(z.looseObject({})), text) };
    };

    it('of all indices goes back where there is an older one, and says where there is none', async () => {
      await rebuilt();
      const { code, results } = await rolledBack({ all: true });
      expect(code).toBe(1);
      expect(results).toMatchObject([
        { name: 'orders', outcome: 'swapped', live: 'orders-v1' },
        { name: 'products', outcome: 'no-older-index', live: 'products-v1' },
        { name: 'users', outcome: 'no-older-index', live: 'users-v1' },
      ]);
    });

    it('of one index is refused where no older one is kept', async () => {
      await expect(rolledBack({ args: ['orders'] })).rejects.toBeInstanceOf(NothingToRollBackError);
    });
  });

  it('is no longer possible once it is finished', async () => {
    await rebuilt();
    expect(await finish(depsWith(new TestCheckpoints()), 'orders', signal)).toBe('orders-v1');
    expect(await aliases()).toEqual({ 'orders-v2': ['orders', 'orders-write'] });
  });
});

describe('while orders are written, changed and deleted', () => {
  it('a rebuild that is killed and resumed, a rollback and another rebuild leave no reader without an index or with a stale document', async () => {
    const consumers = Array.from(
      { length: 3 },
      () => new SearchIndex({ emailHash: emailHashes, client: openSearch, shadowAgeMsMax: SHADOW_AGE_MS }),
    );
    const written = new WrittenOrders(dynamoDb, table.tableName, consumers);
    const stop = new AbortController();
    const WRITERS = 4;
    const ORDERS_EACH = 15;
    const writers = Array.from({ length: WRITERS }, async (_, writer) => {
      for (let round = 0; !stop.signal.aborted; round += 1)
        await written.write(writer * ORDERS_EACH + (round % ORDERS_EACH));
    });
    const faults: string[] = [];
    let reads = 0;
    const reader = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const id = orderIdOf(reads % (WRITERS * ORDERS_EACH));
        const promised = written.promised(id);
        reads += 1;
        const fault = written.fault(id, promised, await versionRead(id));
        if (fault !== undefined) faults.push(fault);
      }
    };
    const busy = Promise.all([...writers, reader(), reader()]);
    busy.catch(() => stop.abort());
    try {
      await expect.poll(() => written.writes).toBeGreaterThan(100);
      const checkpoints = new TestCheckpoints();
      checkpoints.diesAtWrite = 3;
      await expect(rebuilt(checkpoints, { noticeMs: NOTICE_MS })).rejects.toThrow('killed');
      checkpoints.diesAtWrite = Number.POSITIVE_INFINITY;
      const first = await rebuilt(checkpoints, { noticeMs: NOTICE_MS });
      expect(first).toMatchObject({ outcome: 'swapped', live: 'orders-v2' });
      const back = await rollBack(depsWith(checkpoints), 'orders', options());
      expect(back).toMatchObject({ outcome: 'swapped', live: 'orders-v1' });
      const second = await rebuilt(checkpoints, { noticeMs: NOTICE_MS });
      expect(second).toMatchObject({ outcome: 'swapped', live: 'orders-v3' });
      const soFar = written.writes;
      await expect.poll(() => written.writes).toBeGreaterThan(soFar + 50);
    } finally {
      stop.abort();
    }
    await busy;

    expect(faults).toEqual([]);
    expect(reads).toBeGreaterThan(100);
    for (const index of ['orders-v1', 'orders-v3']) {
      const documents = await readIndex(openSearch, 'orders', index);
      const versions = new Map([...documents].map(([id, { version }]) => [id, version]));
      expect(versions).toEqual(written.versions());
    }
  }, 180_000);
});
