import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { Client } from '@opensearch-project/opensearch';
import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TableItem } from '../../../contracts/entities/entities.ts';
import { indexDefinitions } from '../../../handlers/deploy/index-definitions.ts';
import { SinkRefusedError } from '../../../pipelines/errors.ts';
import { installIndices } from '../../../pipelines/search/admin/install-indices.ts';
import { addressOf, documentOf } from '../../../pipelines/search/documents.ts';
import { SearchIndexMissingError, SearchUnavailableError } from '../../../pipelines/search/errors.ts';
import { SearchIndex } from '../../../pipelines/search/indexing/search-index.ts';
import type { OpenSearchClient, OpenSearchRequest } from '../../../pipelines/search/open-search.ts';
import { decodeChange } from '../../../pipelines/stream/decode.ts';
import { emailHashes, hashEmail } from '../../builders/email-hash.ts';
import { insertOf, modifyOf, removeOf } from '../../builders/stream/stream-record.ts';
import { orderItem, productItem, userItem } from '../../builders/values/items.ts';
import { maximalOrder, maximalProduct, maximalUser } from '../../builders/values/maximal-items.ts';
import { localOpenSearch } from '../parts/clients.ts';
import { storedDocument } from './stored-document.ts';

const client = localOpenSearch();
const index = new SearchIndex({ emailHash: emailHashes, client });
const { signal } = new AbortController();
const VERSION = 1_772_366_400_000_000;

const written = (item: TableItem): Promise<void> => index.handle(decodeChange(insertOf(item)), signal);
const changed = (oldItem: TableItem, newItem: TableItem): Promise<void> =>
  index.handle(decodeChange(modifyOf(oldItem, newItem)), signal);
const removed = (item: TableItem): Promise<void> => index.handle(decodeChange(removeOf(item)), signal);
const documentIn = (item: TableItem) => {
  const address = addressOf(item);
  return storedDocument(client, address?.index ?? '', address?.id ?? '');
};
/** A product that no other test has, at `VERSION + later`. */
const productAt = (later: number, sku: string, name = 'Oak chair') =>
  productItem({ sku, name, version: VERSION + later });
const newSku = (): string => `sku-${ulid()}`;

beforeAll(async () => {
  await installIndices(client, indexDefinitions);
});

describe('a change of an item', () => {
  it.each([
    ['order', maximalOrder()],
    ['product', maximalProduct()],
    ['user', maximalUser()],
  ])('with every field brings its document into the index: %s', async (_, item) => {
    await written(item);

    const { source, version } = documentOf(item, hashEmail) ?? {};
    expect(await documentIn(item)).toEqual({ version, source });
  });

  it('with no optional field brings its document into the index', async () => {
    const items = [
      orderItem({ orderId: ulid() }),
      productItem({ sku: newSku() }),
      userItem({ userId: ulid() }),
    ];

    await Promise.all(items.map(written));

    for (const item of items) expect(await documentIn(item)).toMatchObject({ version: VERSION });
  });

  it('replaces the document', async () => {
    const sku = newSku();
    await written(productAt(0, sku));

    await changed(productAt(0, sku), productAt(1, sku, 'Elm chair'));

    expect(await documentIn(productAt(1, sku))).toMatchObject({
      version: VERSION + 1,
      source: { name: 'Elm chair' },
    });
  });

  it('that comes after a newer one changes nothing, and is done', async () => {
    const sku = newSku();
    await written(productAt(1, sku, 'Elm chair'));

    await written(productAt(0, sku, 'Oak chair'));

    expect(await documentIn(productAt(1, sku))).toMatchObject({
      version: VERSION + 1,
      source: { name: 'Elm chair' },
    });
  });

  it('that comes twice is done twice', async () => {
    const sku = newSku();

    await written(productAt(0, sku));
    await written(productAt(0, sku));

    expect(await documentIn(productAt(0, sku))).toMatchObject({ version: VERSION });
  });
});

describe('the removal of an item', () => {
  it('takes its document out of the index', async () => {
    const product = productAt(0, newSku());
    await written(product);

    await removed(product);

    expect(await documentIn(product)).toBeUndefined();
  });

  it('that comes twice is done twice', async () => {
    const product = productAt(0, newSku());
    await written(product);

    await removed(product);
    await removed(product);

    expect(await documentIn(product)).toBeUndefined();
  });

  it('holds against an older write that comes after it', async () => {
    const product = productAt(0, newSku());
    await written(product);
    await removed(product);

    await written(product);

    expect(await documentIn(product)).toBeUndefined();
  });

  it('holds against an older write also when it came before any write', async () => {
    const product = productAt(0, newSku());

    await removed(product);
    await written(product);

    expect(await documentIn(product)).toBeUndefined();
  });

  it('that comes late keeps the document of an item that was created again', async () => {
    const sku = newSku();
    const again = productAt(1_000, sku, 'Elm chair');
    await written(productAt(0, sku));
    await written(again);

    await removed(productAt(0, sku));

    expect(await documentIn(again)).toMatchObject({ version: VERSION + 1_000 });
  });

  it('is followed by the document of an item that is created again', async () => {
    const sku = newSku();
    const again = productAt(1_000, sku, 'Elm chair');
    await written(productAt(0, sku));
    await removed(productAt(0, sku));

    await written(again);

    expect(await documentIn(again)).toMatchObject({
      version: VERSION + 1_000,
      source: { name: 'Elm chair' },
    });
  });
});

describe('a document that the mapping refuses', () => {
  it('fails its own record permanently, and the others of the batch are written', async () => {
    const [before, after] = [productAt(0, newSku()), productAt(0, newSku())];
    // No document of ours breaks its own mapping, so this one is led to another's.
    const refused = userItem({ userId: `user-${ulid()}` });
    const index = new SearchIndex({
      emailHash: emailHashes,
      client: misdirecting('users-write', 'orders-write'),
    });

    const results = await Promise.allSettled(
      [before, refused, after].map((item) => index.handle(decodeChange(insertOf(item)), signal)),
    );

    expect(results).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: expect.any(SinkRefusedError) },
      { status: 'fulfilled', value: undefined },
    ]);
    for (const product of [before, after])
      expect(await documentIn(product)).toMatchObject({ version: VERSION });
    expect(await documentIn(refused)).toBeUndefined();
  });
});

describe('an alias that does not exist', () => {
  const absent = `absent-${ulid().toLowerCase()}-write`;
  const misdirected = new SearchIndex({
    emailHash: emailHashes,
    client: misdirecting('products-write', absent),
  });

  it.each([
    ['a write', insertOf(productAt(0, newSku()))],
    ['a removal', removeOf(productAt(0, newSku()))],
  ])('keeps %s waiting, and no index is made in its place', async (_, record) => {
    await expect(misdirected.handle(decodeChange(record), signal)).rejects.toBeInstanceOf(
      SearchIndexMissingError,
    );

    expect((await client.indices.exists({ index: absent })).body).toBe(false);
  });

  it('keeps records waiting as well when it leads to two indices and none of them takes writes', async () => {
    const alias = `torn-${ulid().toLowerCase()}-write`;
    for (const n of [1, 2])
      await client.indices.create({ index: `${alias}-${n}`, body: { aliases: { [alias]: {} } } });
    const torn = new SearchIndex({ emailHash: emailHashes, client: misdirecting('products-write', alias) });

    await expect(torn.handle(decodeChange(insertOf(productAt(0, newSku()))), signal)).rejects.toBeInstanceOf(
      SearchIndexMissingError,
    );
  });
});

describe('a node that does not respond', () => {
  const change = decodeChange(insertOf(productAt(0, newSku())));

  it('keeps records waiting when nothing listens', async () => {
    const server = await listening(() => {});
    const index = indexAt(server);
    server.close();

    await expect(index.handle(change, signal)).rejects.toBeInstanceOf(SearchUnavailableError);
  });

  it('keeps records waiting when it takes the request and is silent', async () => {
    await using server = await listening(() => {});

    await expect(indexAt(server).handle(change, signal)).rejects.toBeInstanceOf(SearchUnavailableError);
  });

  it('keeps records waiting when its response stops half way', async () => {
    await using server = await listening((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
      response.write('{"items":[');
    });

    await expect(indexAt(server).handle(change, signal)).rejects.toBeInstanceOf(SearchUnavailableError);
  });
});

/** A client that writes to `there` what is meant for `alias`: the other tests keep their alias. */
function misdirecting(alias: string, there: string): OpenSearchClient {
  const redirect = ({ bulkBody = '', ...request }: OpenSearchRequest): OpenSearchRequest => ({
    ...request,
    bulkBody: bulkBody.replaceAll(`"${alias}"`, `"${there}"`),
  });
  return {
    transport: { request: (request, limits) => client.transport.request(redirect(request), limits) },
  };
}

async function listening(onRequest: RequestListener): Promise<Server> {
  const server = createServer(onRequest).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function indexAt(server: Server): SearchIndex {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return new SearchIndex({
    emailHash: emailHashes,
    client: new Client({ node: `http://127.0.0.1:${port}` }),
    requestTimeoutMs: 300,
  });
}
