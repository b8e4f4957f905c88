import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@opensearch-project/opensearch';
import { beforeAll, describe, expect, it } from 'vitest';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import { INDEX_NAMES } from '../../../pipelines/search/index-names.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import { type ReindexStep, reindex } from '../../../pipelines/search/reindex/reindex.ts';
import { currentChange } from '../../../pipelines/stream/current-state.ts';
import { emailHashes, hashEmail } from '../../builders/email-hash.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { orderItem, orderLine } from '../../builders/values/items.ts';
import { maximalOrder, maximalProduct, maximalUser } from '../../builders/values/maximal-items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { ownOpenSearch } from '../parts/own-open-search.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { TestCheckpoints } from '../parts/test-checkpoints.ts';
import oldOrders from './release-77088b7/orders.json' with { type: 'json' };
import oldProducts from './release-77088b7/products.json' with { type: 'json' };
import oldUsers from './release-77088b7/users.json' with { type: 'json' };
import { resultIn, type SearchApi, startSearchApi } from './search-api.ts';

const { signal } = new AbortController();
const dynamoDb = localDynamoDb();
const ofRelease77088b7 = [
  { name: 'orders', body: oldOrders },
  { name: 'products', body: oldProducts },
  { name: 'users', body: oldUsers },
];

let openSearch: Client;
let api: SearchApi;

// A node of its own: the indices are those of another release.
beforeAll(async () => {
  const own = await ownOpenSearch();
  openSearch = own.client;
  await installIndices(openSearch, ofRelease77088b7);
  return own.stop;
});

const placed = (number: number) =>
  orderItem({
    orderId: orderIdOf(number),
    sourceId: `CA-2016-${100_000 + number}`,
    lines: [orderLine({ sku: `FUR-CH-${number}`, name: 'Oak chair' })],
    shipTo: { name: 'Zoë Müßig', city: 'Köln', country: 'Germany' },
  });
/** Found by the rules of both releases. */
const always = [
  { q: 'oak chair' },
  { q: 'oak cha' },
  { q: 'Köln' },
  { q: 'Zoë' },
  { q: 'CA-2016-1000' },
  { q: 'FUR-CH' },
  { q: 'oak chiar' },
];
/** Found by the new rules alone. */
const afterwards = [
  { q: 'koeln' },
  { q: 'Mussig' },
  { q: 'germany' },
  { q: 'furch7' },
  { q: 'CA2016100007' },
];
const search = async (q: string) => resultIn(await api.search({ query: { q, limit: '50' } }));

describe('an index of the release 77088b7 under the code of this one', () => {
  it('is left to a rebuild, with all fields that documents have', async () => {
    const done = await installIndices(openSearch, indexDefinitions);
    expect(done.map(({ outcome }) => outcome)).toEqual([
      ...INDEX_NAMES.map(() => 'rebuild-needed'),
      'created',
    ]);
    for (const item of [maximalOrder(), maximalProduct(), maximalUser()]) {
      const document = documentOf(item, hashEmail);
      if (document === undefined) throw new RangeError('The item is not searched');
      const { index, id, source } = document;
      const { statusCode } = await openSearch.index({ index: `${index}-write`, id, body: { ...source } });
      expect(statusCode).toBe(201);
      await openSearch.delete({ index: `${index}-write`, id });
    }
  });

  it('is rebuilt under writes without a search that fails or misses an order, and then has the new rules', async () => {
    const table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
    const writer = new SearchIndex({ emailHash: emailHashes, client: openSearch, shadowAgeMsMax: 0 });
    const first = Array.from({ length: 10 }, (_, number) => placed(number));
    await table.put(...first);
    api = await startSearchApi(openSearch);
    await api.put(...first);
    const ids = first.map(({ orderId }) => orderId);
    const steps: ReindexStep[] = [];
    let searches = 0;
    let written = first.length;
    let isDone = false;

    const searching = async (): Promise<void> => {
      while (!isDone) {
        const [{ q } = { q: '' }] = [always[searches % always.length]];
        const { hits } = await search(q);
        expect(hits.map(({ orderId }) => orderId)).toEqual(expect.arrayContaining(ids));
        searches += 1;
      }
    };
    const writing = async (): Promise<void> => {
      while (!isDone) {
        // Twenty more at most, so that all that match are on one page; then each of them again.
        const number = 10 + ((written - 10) % 20);
        const order = placed(number);
        const changed = orderItem({ ...order, version: order.version + written });
        await table.put(changed);
        await writer.handle(currentChange(changed), signal);
        written += 1;
        await nextTurn();
      }
    };
    const deps = {
      dynamoDb,
      tableName: table.tableName,
      openSearch,
      emailHash: emailHashes,
      checkpoints: new TestCheckpoints(),
      nowMs: Date.now,
      wait: (ms: number, waitSignal: AbortSignal) => sleep(ms, undefined, { signal: waitSignal }),
    };
    const rebuilding = async () => {
      try {
        await expect.poll(() => searches).toBeGreaterThan(always.length);
        const definition = indexDefinitions.find(({ name }) => name === 'orders') ?? expect.fail();
        const onStep = (step: ReindexStep): void => void steps.push(step);
        const options = {
          segments: 2,
          rounds: 6,
          recheckMs: 300,
          noticeMs: 500,
          restart: false,
          signal,
          onStep,
        };
        const result = await reindex(deps, 'orders', definition, options);
        const before = searches;
        await expect.poll(() => searches).toBeGreaterThan(before + always.length);
        return result;
      } finally {
        isDone = true;
      }
    };
    for (const { q } of afterwards) expect((await search(q)).total).toBe(0);

    const [result] = await Promise.all([rebuilding(), searching(), writing()]);

    expect(result).toMatchObject({ outcome: 'swapped', live: 'orders-v2', shadow: 'orders-v1' });
    expect(steps).toEqual(['create', 'notice', 'backfill', 'verify', 'swap']);
    expect(written).toBeGreaterThan(first.length);
    for (const { q } of afterwards) expect((await search(q)).total).toBeGreaterThan(0);
  }, 120_000);
});
