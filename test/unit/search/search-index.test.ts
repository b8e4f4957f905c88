import { inspect } from 'node:util';
import { errors } from '@opensearch-project/opensearch';
import { describe, expect, it, vi } from 'vitest';
import { OutOfTimeError, SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';
import { SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import { SearchIndex, searchIndexConsumer } from '../../../pipelines/search/indexing/search-index.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../../../pipelines/search/open-search.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import type { StreamChange } from '../../../pipelines/stream/stream-change.ts';
import { emailHashes } from '../../builders/email-hash.ts';
import { consumeBatch, keptMetrics } from '../../builders/stream/stream-batch.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import {
  accountItem,
  heartbeatItem,
  ledgerEntryItem,
  orderItem,
  productItem,
  reservationItem,
  userItem,
} from '../../builders/values/items.ts';

const signal = new AbortController().signal;
const insert = (sku: string, name = 'Oak chair'): StreamChange =>
  decodeChange(insertOf(productItem({ sku, name })));
const remove = (sku: string): StreamChange => decodeChange(removeOf(productItem({ sku })));

describe('the search index', () => {
  it('writes the changes that come together in one request', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ emailHash: emailHashes, client });

    await Promise.all(['a', 'b', 'c'].map((sku) => index.handle(insert(sku), signal)));

    expect(requests.map(({ operations }) => operations)).toEqual([
      ['index products-write a', 'index products-write b', 'index products-write c'],
    ]);
  });

  it('sends no more than 1,000 operations in a request', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ emailHash: emailHashes, client });

    await Promise.all(Array.from({ length: 1_001 }, (_, n) => index.handle(insert(`sku-${n}`), signal)));

    expect(requests.map(({ operations }) => operations.length)).toEqual([1_000, 1]);
  });

  it('sends no more than 5 MB in a request', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ emailHash: emailHashes, client });
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

      await new SearchIndex({ emailHash: emailHashes, client }).handle(decodeChange(insertOf(item)), signal);

      expect(requests).toEqual([]);
    },
  );

  it('fails only the record whose document was refused', async () => {
    const { client } = fakeOpenSearch({ b: { status: 400, error: { type: 'mapper_parsing_exception' } } });
    const index = new SearchIndex({ emailHash: emailHashes, client });

    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c'].map((sku) => index.handle(insert(sku), signal)),
    );

    expect(outcomes).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: expect.any(SinkRefusedError) },
      { status: 'fulfilled', value: undefined },
    ]);
  });

  it('guards an alias that a request only deletes from, and distinguishes its result from the others', async () => {
    const { client, requests } = fakeOpenSearch({ b: { status: 503 } });
    const index = new SearchIndex({ emailHash: emailHashes, client });

    const outcomes = await Promise.allSettled(['a', 'b'].map((sku) => index.handle(remove(sku), signal)));

    expect(requests[0]?.operations).toEqual([
      'update products-write alias guard',
      'delete products-write a',
      'delete products-write b',
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('needs no guard where the request also writes through the alias', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ emailHash: emailHashes, client });

    await Promise.all([index.handle(insert('a'), signal), index.handle(remove('b'), signal)]);

    expect(requests[0]?.operations).toEqual(['index products-write a', 'delete products-write b']);
  });
});

describe('the consumer of the search index', () => {
  const at = (version: number, overrides: Parameters<typeof productItem>[0] = {}) =>
    productItem({ sku: 'a', stock: 10, version, ...overrides });
  /** The operations of a batch of those records, with the version of each. */
  async function operationsOf(...records: readonly ReturnType<typeof insertOf>[]) {
    const { client, requests } = fakeOpenSearch();
    const metrics = keptMetrics();
    const consumer = searchIndexConsumer(new SearchIndex({ emailHash: emailHashes, client }));
    await consumeBatch(records, { consumer, metrics });
    const actions = requests.flatMap(({ body }) => body.match(/"_id":"[^"]+","version":\d+/g) ?? []);
    return { actions, handled: metrics.counts.reduce((sum, { handled }) => sum + handled, 0) };
  }

  it('writes nothing for a product whose stock alone moves, and counts it as handled', async () => {
    expect(await operationsOf(modifyOf(at(1), at(2, { stock: 8, reserved: 2 })))).toEqual({
      actions: [],
      handled: 1,
    });
  });

  it.each([
    ['its last piece goes', at(1, { stock: 1 }), at(2, { stock: 0 })],
    ['a piece comes in again', at(1, { stock: 0 }), at(2, { stock: 1 })],
    ['its name changes', at(1), at(2, { name: 'Elm chair' })],
    ['its price changes', at(1), at(2, { unitPrice: 1 })],
  ])('writes a product when %s', async (_, before, after) => {
    expect((await operationsOf(modifyOf(before, after))).actions).toEqual(['"_id":"a","version":2']);
  });

  it('writes the change of a batch that a move of the stock follows', async () => {
    const renamed = at(2, { name: 'Elm chair' });
    const records = [modifyOf(at(1), renamed), modifyOf(renamed, at(3, { name: 'Elm chair', stock: 9 }))];
    expect(await operationsOf(...records)).toEqual({ actions: ['"_id":"a","version":2'], handled: 2 });
  });

  it('writes a product whose old image violates its contract', async () => {
    const record = modifyOf(Object.assign(at(1), { reserved: 'none' }), at(2));
    expect((await operationsOf(record)).actions).toEqual(['"_id":"a","version":2']);
  });

  it('writes each version of an order and of a user, whose documents have it', async () => {
    const records = [
      modifyOf(orderItem({ version: 1 }), orderItem({ version: 2 })),
      modifyOf(userItem({ version: 1 }), userItem({ version: 2 })),
    ];
    expect((await operationsOf(...records)).actions).toHaveLength(2);
  });

  it('removes a product however little is left of it', async () => {
    expect((await operationsOf(removeOf(at(1, { stock: 0 })))).actions).toEqual(['"_id":"a","version":2']);
  });

  it('indexes a heartbeat that is written again', async () => {
    const beat = (version: number) => heartbeatItem({ heartbeatId: '3', version });
    const { client, requests } = fakeOpenSearch();
    const consumer = searchIndexConsumer(new SearchIndex({ emailHash: emailHashes, client }));
    await consumeBatch([modifyOf(beat(1), beat(2))], { consumer });
    expect(requests.map(({ operations }) => operations)).toEqual([['index heartbeats-write 3']]);
  });
});

describe('a heartbeat', () => {
  const heartbeat = decodeChange(insertOf(heartbeatItem({ heartbeatId: '3' })));

  it('is written after what it came with', async () => {
    const { client, requests } = fakeOpenSearch();
    const index = new SearchIndex({ emailHash: emailHashes, client });

    await Promise.all([index.handle(heartbeat, signal), index.handle(insert('a'), signal)]);

    expect(requests.map(({ operations }) => operations)).toEqual([
      ['index products-write a'],
      ['index heartbeats-write 3'],
    ]);
  });

  it('has when it was written to the table and when to the index', async () => {
    const { client, requests } = fakeOpenSearch();
    const clock = { now: () => new Date('2026-03-01T12:00:07.000Z') };

    await new SearchIndex({ emailHash: emailHashes, client, clock }).handle(heartbeat, signal);

    const [, document] = requests[0]?.body.split('\n') ?? [];
    expect(JSON.parse(document ?? '')).toEqual({
      writtenAt: '2026-03-01T12:00:00.000Z',
      indexedAt: '2026-03-01T12:00:07.000Z',
    });
  });

  it('is missed where the index did not take what it came with', async () => {
    const { client, requests } = fakeOpenSearch({ a: { status: 503 } });
    const index = new SearchIndex({ emailHash: emailHashes, client });

    const outcomes = await Promise.allSettled([
      index.handle(heartbeat, signal),
      index.handle(insert('a'), signal),
    ]);

    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(requests).toHaveLength(1);
  });

  it('is written where the index refused what it came with permanently', async () => {
    const { client, requests } = fakeOpenSearch({
      a: { status: 400, error: { type: 'mapper_parsing_exception' } },
    });
    const index = new SearchIndex({ emailHash: emailHashes, client });

    await Promise.allSettled([index.handle(heartbeat, signal), index.handle(insert('a'), signal)]);

    expect(requests.map(({ operations }) => operations).at(-1)).toEqual(['index heartbeats-write 3']);
  });

  it('that the index does not take holds up nothing', async () => {
    const { client } = fakeOpenSearch({ 3: { status: 503 } });

    await expect(
      new SearchIndex({ emailHash: emailHashes, client }).handle(heartbeat, signal),
    ).resolves.toBeUndefined();
  });

  it('that the mapping refuses fails permanently', async () => {
    const { client } = fakeOpenSearch({
      3: { status: 400, error: { type: 'strict_dynamic_mapping_exception' } },
    });

    await expect(
      new SearchIndex({ emailHash: emailHashes, client }).handle(heartbeat, signal),
    ).rejects.toBeInstanceOf(SinkRefusedError);
  });

  it('that was removed changes nothing', async () => {
    const { client, requests } = fakeOpenSearch();

    await new SearchIndex({ emailHash: emailHashes, client }).handle(
      decodeChange(removeOf(heartbeatItem())),
      signal,
    );

    expect(requests).toEqual([]);
  });
});

describe('a search index with a shadow index', () => {
  const shadow = (...names: string[]) => ({
    'products-v2': { aliases: Object.fromEntries(names.map((name) => [`${name}-shadow`, {}])) },
  });
  const shadowed = () =>
    respond(Promise.resolve({ statusCode: 404, body: { ...NO_SHADOW, ...shadow('products') } }));
  const inShadow = (id: string, type: string, status: number) => ({
    [`products-shadow ${id}`]: { status, error: { type } },
  });

  it('writes what belongs to the shadow index to both in one request', async () => {
    const { client, requests } = fakeOpenSearch({}, shadowed);
    const index = new SearchIndex({ emailHash: emailHashes, client });

    await Promise.all([
      index.handle(insert('a'), signal),
      index.handle(remove('b'), signal),
      index.handle(decodeChange(insertOf(orderItem({ orderId: '01KJMSY7G00000000000000001' }))), signal),
    ]);

    expect(requests.map(({ operations }) => operations)).toEqual([
      [
        'index products-write a',
        'delete products-write b',
        'index orders-write 01KJMSY7G00000000000000001',
        'index products-shadow a',
        'delete products-shadow b',
      ],
    ]);
  });

  it('leaves a text alone that reads like its alias', async () => {
    const { client, requests } = fakeOpenSearch({}, shadowed);

    await new SearchIndex({ emailHash: emailHashes, client }).handle(insert('a', '"products-write"'), signal);

    expect(requests[0]?.body.match(/\\"products-write\\"/g)).toHaveLength(2);
  });

  it('asks for shadow indices once in a while only', async () => {
    const shadows = vi.fn(shadowed);
    const index = new SearchIndex({ emailHash: emailHashes, client: fakeOpenSearch({}, shadows).client });

    for (const sku of ['a', 'b', 'c']) await index.handle(insert(sku), signal);

    expect(shadows).toHaveBeenCalledOnce();
  });

  it('asks again when what it knows is too old', async () => {
    const shadows = vi.fn(shadowed);
    const index = new SearchIndex({
      emailHash: emailHashes,
      client: fakeOpenSearch({}, shadows).client,
      shadowAgeMsMax: 0,
    });

    for (const sku of ['a', 'b']) await index.handle(insert(sku), signal);

    expect(shadows).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['unavailable', 503, {}],
    ['no response of OpenSearch', 200, '<html>'],
  ])('keeps records waiting while it cannot be asked for: %s', async (_, statusCode, body) => {
    const { client, requests } = fakeOpenSearch({}, () => respond(Promise.resolve({ statusCode, body })));

    const handled = new SearchIndex({ emailHash: emailHashes, client }).handle(insert('a'), signal);

    await expect(handled).rejects.toBeInstanceOf(SearchUnavailableError);
    expect(requests).toEqual([]);
  });

  it('keeps a record waiting that the shadow index alone does not accept now', async () => {
    const { client } = fakeOpenSearch(inShadow('a', 'es_rejected_execution_exception', 429), shadowed);
    const index = new SearchIndex({ emailHash: emailHashes, client });

    const outcomes = await Promise.allSettled(['a', 'b'].map((sku) => index.handle(insert(sku), signal)));

    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('is done when the shadow index was just removed, and asks again', async () => {
    const shadows = vi.fn(shadowed);
    const { client } = fakeOpenSearch(inShadow('a', 'index_not_found_exception', 404), shadows);
    const index = new SearchIndex({ emailHash: emailHashes, client });

    await index.handle(insert('a'), signal);
    await index.handle(insert('b'), signal);

    expect(shadows).toHaveBeenCalledTimes(2);
  });

  it('is done when the mapping of the shadow index alone refuses a document', async () => {
    const { client } = fakeOpenSearch(inShadow('a', 'strict_dynamic_mapping_exception', 400), shadowed);

    await expect(
      new SearchIndex({ emailHash: emailHashes, client }).handle(insert('a'), signal),
    ).resolves.toBeUndefined();
  });
});

describe('a request to the search index that fails completely', () => {
  it.each([400, 401, 403, 413, 429, 500, 502, 503])(
    'is transient for all of its records at %i',
    async (status) => {
      const index = new SearchIndex({
        emailHash: emailHashes,
        client: responding(status, { error: { type: 'some_exception' } }),
      });

      const outcomes = await Promise.allSettled(['a', 'b'].map((sku) => index.handle(insert(sku), signal)));

      expect(
        outcomes.map((one) => one.status === 'rejected' && one.reason instanceof TransientError),
      ).toEqual([true, true]);
    },
  );

  it('is transient when something else than OpenSearch responds', async () => {
    const index = new SearchIndex({ emailHash: emailHashes, client: responding(200, '<html>') });

    await expect(index.handle(insert('a'), signal)).rejects.toBeInstanceOf(SearchUnavailableError);
  });

  it('is transient when the connection fails', async () => {
    const index = new SearchIndex({
      emailHash: emailHashes,
      client: failing(new errors.ConnectionError('connect ECONNREFUSED')),
    });

    await expect(index.handle(insert('a'), signal)).rejects.toBeInstanceOf(SearchUnavailableError);
  });

  it('keeps no document in its error', async () => {
    const clientError = Object.assign(new errors.ConnectionError('socket hang up'), {
      meta: { name: 'Ada' },
    });
    const index = new SearchIndex({ emailHash: emailHashes, client: failing(clientError) });

    const error: unknown = await index.handle(insert('a', 'Ada'), signal).catch((caught: unknown) => caught);

    expect(error).toBeInstanceOf(SearchUnavailableError);
    expect(inspect(error, { depth: Infinity })).not.toContain('Ada');
  });

  it('is given up, and is transient, when no response came in time', async () => {
    const { client, abort } = hanging();
    const index = new SearchIndex({ emailHash: emailHashes, client, requestTimeoutMs: 5 });

    await expect(index.handle(insert('a'), signal)).rejects.toBeInstanceOf(SearchUnavailableError);
    expect(abort).toHaveBeenCalledOnce();
  });

  it('is given up when the signal aborts', async () => {
    const { client, abort, requested } = hanging();
    const index = new SearchIndex({ emailHash: emailHashes, client });
    const controller = new AbortController();

    const handled = index.handle(insert('a'), controller.signal);
    await requested;
    controller.abort();

    await expect(handled).rejects.toBeInstanceOf(OutOfTimeError);
    expect(abort).toHaveBeenCalledOnce();
  });

  it('is not begun when the signal has aborted', async () => {
    const { client, requests } = fakeOpenSearch();

    const handled = new SearchIndex({ emailHash: emailHashes, client }).handle(
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
type Pending = ReturnType<OpenSearchClient['transport']['request']>;

const respond = (promise: Promise<{ statusCode: number; body: unknown }>, abort = () => {}): Pending =>
  Object.assign(promise, { abort });
const NO_SHADOW = { error: 'aliases [orders-shadow,products-shadow,users-shadow] missing', status: 404 };
/** Responds that there are no shadow indices, and to anything else as given. */
const clientOf = (
  request: (request: OpenSearchRequest) => Pending,
  shadows = () => respond(Promise.resolve({ statusCode: 404, body: NO_SHADOW })),
): OpenSearchClient => ({
  transport: { request: (one) => (one.method === 'GET' ? shadows() : request(one)) },
});
const responding = (statusCode: number, body: unknown): OpenSearchClient =>
  clientOf(() => respond(Promise.resolve({ statusCode, body })));
const failing = (error: Error): OpenSearchClient => clientOf(() => respond(Promise.reject(error)));

/** Takes every operation but those on the ids of `results`, which get that result. */
function fakeOpenSearch(results: Readonly<Record<string, ItemResult>> = {}, shadows?: () => Pending) {
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
        Object.entries(action).map(([kind, { _index, _id }]) => [
          kind,
          results[`${_index} ${_id}`] ?? results[_id] ?? { status: 200 },
        ]),
      ),
    );
    return respond(Promise.resolve({ statusCode: 200, body: { items } }));
  }, shadows);
  return { client, requests };
}

const actionsIn = (body: string): readonly Action[] =>
  body
    .split('\n')
    .filter((line) => line.includes('"_index"'))
    .map((line): Action => JSON.parse(line));

/** Never responds; `requested` resolves at its first request. */
function hanging() {
  const { promise: requested, resolve } = Promise.withResolvers<void>();
  const abort = vi.fn();
  const client = clientOf(() => {
    resolve();
    return respond(new Promise(() => {}), abort);
  });
  return { client, abort, requested };
}
