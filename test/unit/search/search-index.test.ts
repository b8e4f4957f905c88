import { inspect } from 'node:util';
import { errors } from '@opensearch-project/opensearch';
import { describe, expect, it, vi } from 'vitest';
import { decodeChange } from '../../../pipelines/core/decode.ts';
import { OutOfTimeError, SinkRefusedError, TransientError } from '../../../pipelines/core/errors.ts';
import type { StreamChange } from '../../../pipelines/core/stream-change.ts';
import { SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../../../pipelines/search/open-search.ts';
import { SearchIndex } from '../../../pipelines/search/search-index.ts';
import {
  accountItem,
  ledgerEntryItem,
  orderItem,
  productItem,
  reservationItem,
} from '../../builders/items.ts';
import { insertOf, removeOf } from '../../builders/stream-record.ts';

const signal = new AbortController().signal;
const insert = (sku: string, name = 'Oak chair'): StreamChange =>
  decodeChange(insertOf(productItem({ sku, name })));
const remove = (sku: string): StreamChange => decodeChange(removeOf(productItem({ sku })));

describe('the search index', () => {
  it('writes the changes that come together in one request', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ client });

    await Promise.all(['a', 'b', 'c'].map((sku) => index.handle(insert(sku), signal)));

    expect(requests.map(({ operations }) => operations)).toEqual([
      ['index products-write a', 'index products-write b', 'index products-write c'],
    ]);
  });

  it('sends no more than 1,000 operations in a request', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ client });

    await Promise.all(Array.from({ length: 1_001 }, (_, n) => index.handle(insert(`sku-${n}`), signal)));

    expect(requests.map(({ operations }) => operations.length)).toEqual([1_000, 1]);
  });

  it('sends no more than 5 MB in a request', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ client });
    const long = orderItem({
      lines: Array.from({ length: 50 }, (_, n) => ({
        sku: `sku-${n}`,
        name: '€'.repeat(300),
        category: 'Furniture',
        quantity: 1,
        amount: 1,
      })),
    });

    await Promise.all(Array.from({ length: 200 }, () => index.handle(decodeChange(insertOf(long)), signal)));

    expect(requests.length).toBeGreaterThan(1);
    for (const { body } of requests) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(5_000_000);
  });

  it.each([reservationItem(), accountItem(), ledgerEntryItem()])(
    'asks nothing for an item that is not searched: $entityType',
    async (item) => {
      const { client, requests } = fakeOpenSearch();

      await new SearchIndex({ client }).handle(decodeChange(insertOf(item)), signal);

      expect(requests).toEqual([]);
    },
  );

  it('fails only the record whose document was refused', async () => {
    const { client } = fakeOpenSearch({ b: { status: 400, error: { type: 'mapper_parsing_exception' } } });
    const index = new SearchIndex({ client });

    const settled = await Promise.allSettled(['a', 'b', 'c'].map((sku) => index.handle(insert(sku), signal)));

    expect(settled).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: expect.any(SinkRefusedError) },
      { status: 'fulfilled', value: undefined },
    ]);
  });

  it('guards an alias that a request only deletes from, and tells its result from the others', async () => {
    const { client, requests } = fakeOpenSearch({ b: { status: 503 } });
    const index = new SearchIndex({ client });

    const settled = await Promise.allSettled(['a', 'b'].map((sku) => index.handle(remove(sku), signal)));

    expect(requests[0]?.operations).toEqual([
      'update products-write alias guard',
      'delete products-write a',
      'delete products-write b',
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('needs no guard where the request also writes through the alias', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ client });

    await Promise.all([index.handle(insert('a'), signal), index.handle(remove('b'), signal)]);

    expect(requests[0]?.operations).toEqual(['index products-write a', 'delete products-write b']);
  });
});

describe('a request to the search index that fails as a whole', () => {
  it.each([400, 401, 403, 413, 429, 500, 502, 503])(
    'is transient for all of its records at %i',
    async (status) => {
      const index = new SearchIndex({ client: answering(status, { error: { type: 'some_exception' } }) });

      const settled = await Promise.allSettled(['a', 'b'].map((sku) => index.handle(insert(sku), signal)));

      expect(settled.map((one) => one.status === 'rejected' && one.reason instanceof TransientError)).toEqual(
        [true, true],
      );
    },
  );

  it('is transient when something else than OpenSearch answers', async () => {
    const index = new SearchIndex({ client: answering(200, '<html>') });

    await expect(index.handle(insert('a'), signal)).rejects.toBeInstanceOf(SearchUnavailableError);
  });

  it('is transient when the connection fails', async () => {
    const index = new SearchIndex({ client: failing(new errors.ConnectionError('connect ECONNREFUSED')) });

    await expect(index.handle(insert('a'), signal)).rejects.toBeInstanceOf(SearchUnavailableError);
  });

  it('keeps no document in its error', async () => {
    const clientError = Object.assign(new errors.ConnectionError('socket hang up'), {
      meta: { name: 'Ada' },
    });
    const index = new SearchIndex({ client: failing(clientError) });

    const error: unknown = await index.handle(insert('a', 'Ada'), signal).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(SearchUnavailableError);
    expect(inspect(error, { depth: Infinity })).not.toContain('Ada');
  });

  it('is given up, and is transient, when no answer came in time', async () => {
    const { client, abort } = hanging();
    const index = new SearchIndex({ client, requestTimeoutMs: 5 });

    await expect(index.handle(insert('a'), signal)).rejects.toBeInstanceOf(SearchUnavailableError);
    expect(abort).toHaveBeenCalledOnce();
  });

  it('is given up when the signal aborts', async () => {
    const { client, abort, requested } = hanging();
    const index = new SearchIndex({ client });
    const controller = new AbortController();

    const handled = index.handle(insert('a'), controller.signal);
    await requested;
    controller.abort();

    await expect(handled).rejects.toBeInstanceOf(OutOfTimeError);
    expect(abort).toHaveBeenCalledOnce();
  });

  it('is not begun when the signal has aborted', async () => {
    const { client, requests } = fakeOpenSearch();

    const handled = new SearchIndex({ client }).handle(
      insert('a'),
      AbortSignal.abort(new OutOfTimeError('over')),
    );

    await expect(handled).rejects.toBeInstanceOf(OutOfTimeError);
    expect(requests).toEqual([]);
  });
});

interface ItemResult {
  readonly status: number;
  readonly error?: { readonly type: string };
}
type Action = Record<string, { readonly _index: string; readonly _id: string }>;
type Answering = ReturnType<OpenSearchClient['transport']['request']>;

const answer = (promise: Promise<{ statusCode: number; body: unknown }>, abort = () => {}): Answering =>
  Object.assign(promise, { abort });
const clientOf = (request: (request: OpenSearchRequest) => Answering): OpenSearchClient => ({
  transport: { request },
});
const answering = (statusCode: number, body: unknown): OpenSearchClient =>
  clientOf(() => answer(Promise.resolve({ statusCode, body })));
const failing = (error: Error): OpenSearchClient => clientOf(() => answer(Promise.reject(error)));

/** Takes every operation but those on the ids of `results`, which get that result. */
function fakeOpenSearch(results: Readonly<Record<string, ItemResult>> = {}) {
  const requests: { readonly operations: readonly string[]; readonly body: string }[] = [];
  const client = clientOf(({ bulkBody: body = '' }) => {
    const actions = actionsIn(body);
    requests.push({
      operations: actions.flatMap((action) =>
        Object.entries(action).map(([kind, { _index, _id }]) => `${kind} ${_index} ${_id}`),
      ),
      body,
    });
    const items = actions.map((action) =>
      Object.fromEntries(
        Object.entries(action).map(([kind, { _id }]) => [kind, results[_id] ?? { status: 200 }]),
      ),
    );
    return answer(Promise.resolve({ statusCode: 200, body: { items } }));
  });
  return { client, requests };
}

const actionsIn = (body: string): readonly Action[] =>
  body
    .split('\n')
    .filter((line) => line.includes('"_index"'))
    .map((line): Action => JSON.parse(line));

/** Never answers; `requested` settles once it was asked. */
function hanging() {
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  const abort = vi.fn();
  const client = clientOf(() => {
    resolve();
    return answer(new Promise(() => {}), abort);
  });
  return { client, abort, requested };
}
