import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { ProductPage } from '../../../contracts/api/products.ts';
import { ProductItem, STOCK_PARTITION_KEYS } from '../../../contracts/entities/product.ts';
import { productItem } from '../../builders/values/items.ts';
import { newId, problemIn, productIn, startWriteApi, storedProduct, type WriteApi } from './write-api.ts';

const aProduct = (overrides: object = {}) => ({
  sku: newId('sku'),
  name: 'Oak chair',
  category: 'Furniture',
  unitPrice: 1_250,
  currency: 'EUR',
  ...overrides,
});

let api: WriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});

describe('POST /products', () => {
  it('answers 201 with the product, which has no stock yet', async () => {
    const body = aProduct();
    const answer = await api.createProduct({ body });
    expect(answer).toMatchObject({ status: 201, headers: { location: `/products/${body.sku}` } });
    expect(productIn(answer)).toMatchObject({ ...body, stock: 0, reserved: 0, received: 0 });
  });

  it('writes an item that keeps the contract', async () => {
    const body = aProduct({ subCategory: 'Chairs' });
    await api.createProduct({ body });
    expect(ProductItem.parse(await storedProduct(api, body.sku))).toMatchObject(body);
  });

  it('answers 409 for a sku that is taken', async () => {
    const body = aProduct();
    await api.createProduct({ body });
    expect(problemIn(await api.createProduct({ body }))).toMatchObject({
      status: 409,
      code: 'already-exists',
    });
  });

  it.each([
    ['/sku', aProduct({ sku: '' })],
    ['/name', aProduct({ name: 'x'.repeat(301) })],
    ['/category', aProduct({ category: undefined })],
    ['/unitPrice', aProduct({ unitPrice: 12.5 })],
    ['/unitPrice', aProduct({ unitPrice: -1 })],
    ['/currency', aProduct({ currency: 'euro' })],
    ['/stock', aProduct({ stock: 5 })],
  ])('answers 400 naming %s', async (field, body) => {
    const problem = problemIn(await api.createProduct({ body }));
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'body', field }] });
  });
});

describe('POST /products/{sku}/receipts', () => {
  const receive = (sku: string, body: unknown) => api.receiveStock({ path: { sku }, body });

  it('adds the pieces to the stock and to what was ever received, and leaves those reserved', async () => {
    const product = productItem({ sku: newId('sku'), stock: 7, reserved: 3, received: 10 });
    await api.put(product);
    const answer = await receive(product.sku, { quantity: 5 });
    expect(answer.status).toBe(200);
    expect(productIn(answer)).toMatchObject({ stock: 12, reserved: 3, received: 15 });
    expect(productIn(answer).version).toBe(product.version + 1);
  });

  it('answers with the product as it is stored', async () => {
    const product = productItem({ sku: newId('sku') });
    await api.put(product);
    const answer = await receive(product.sku, { quantity: 1 });
    expect(await storedProduct(api, product.sku)).toMatchObject(productIn(answer));
  });

  it('loses none of several receipts at once', async () => {
    const product = productItem({ sku: newId('sku'), stock: 0, received: 0 });
    await api.put(product);
    const answers = await Promise.all([1, 2, 3, 4].map((quantity) => receive(product.sku, { quantity })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await storedProduct(api, product.sku)).toMatchObject({ stock: 10, received: 10 });
  });

  it('answers 404 for a sku that the catalogue does not have', async () => {
    expect(problemIn(await receive(newId('sku'), { quantity: 1 }))).toMatchObject({
      status: 404,
      code: 'not-found',
    });
  });

  it.each([
    ['/quantity', {}],
    ['/quantity', { quantity: 0 }],
    ['/quantity', { quantity: 1_000_001 }],
    ['/quantity', { quantity: '5' }],
    ['/product', { quantity: 5, product: {} }],
  ])('answers 400 naming %s', async (field, body) => {
    expect(problemIn(await receive('sku-1', body))).toMatchObject({ status: 400, errors: [{ field }] });
  });

  it('answers 400 naming a path parameter that is malformed', async () => {
    const problem = problemIn(await receive('no sku', { quantity: 1 }));
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'path', field: 'sku' }] });
  });
});

describe('GET /products/{sku}', () => {
  it.each([{}, { consistent: 'true' }])(
    'answers 200 to anybody with the product, asked with %o',
    async (query) => {
      const product = productItem({ sku: newId('sku') });
      await api.put(product);
      const answer = await api.getProduct({ path: { sku: product.sku }, query, caller: { sub: 'anybody' } });
      expect(answer).toMatchObject({ status: 200, headers: { etag: `"${product.version}"` } });
      expect(productIn(answer)).toMatchObject({ sku: product.sku, stock: 10, reserved: 0, received: 10 });
      expect(answer.body).not.toHaveProperty('GSI2PK');
    },
  );

  it('answers 404 where there is no such product', async () => {
    expect(problemIn(await api.getProduct({ path: { sku: newId('sku') } })).status).toBe(404);
  });
});

describe('GET /products?stockBelow=', () => {
  const COUNT = 30;
  let shop: WriteApi;
  beforeAll(async () => {
    shop = await startWriteApi();
    // Each stock three times: no order of their own tells equal ones apart.
    const products = Array.from({ length: COUNT }, (_, index) =>
      productItem({ sku: `sku-${index}`, stock: Math.floor(index / 3), received: Math.floor(index / 3) }),
    );
    for (const product of products) await shop.put(product);
  });

  /** Every page of a list, by following its tokens. */
  async function pages(query: Record<string, string>): Promise<ProductPage[]> {
    const all: ProductPage[] = [];
    let token: string | undefined;
    do {
      const answer = await shop.listLowStock({
        query: { ...query, ...(token === undefined ? {} : { nextToken: token }) },
      });
      expect(answer.status).toBe(200);
      const page = ProductPage.parse(answer.body);
      all.push(page);
      token = page.nextToken;
    } while (token !== undefined && all.length <= COUNT);
    return all;
  }

  it.each([1, 4, 7, 15, 100])('gives each of them once, the lowest first, in pages of %i', async (limit) => {
    const found = (await pages({ stockBelow: '5', limit: String(limit) })).map(({ products }) => products);
    expect(found.slice(0, -1).every(({ length }) => length === limit)).toBe(true);
    const all = found.flat();
    expect(all.map(({ stock }) => stock)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
    expect(new Set(all.map(({ sku }) => sku)).size).toBe(15);
  });

  it('tells of no next page behind the last product', async () => {
    expect(await pages({ stockBelow: '5', limit: '5' })).toHaveLength(3);
    expect(await pages({ stockBelow: '5', limit: '15' })).toHaveLength(1);
  });

  it.each(['1', '2', '100'])(
    'leaves out a product that breaks its contract, in pages of %s, and warns of its fields',
    async (limit) => {
      const broken = { ...productItem({ sku: 'broken', stock: 1, received: 1 }), unitPrice: 'unknown' };
      await shop.put(broken);
      const all = (await pages({ stockBelow: '3', limit })).flatMap(({ products }) => products);
      expect(all.map(({ stock }) => stock)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
      expect(shop.logger.warn).toHaveBeenCalledWith(expect.any(String), { count: 1, fields: ['unitPrice'] });
    },
  );

  it.each(['1', '2', '100'])(
    'gives each of them once, in pages of %s, between products whose stock is not an integer',
    async (limit) => {
      const { dynamoDb, tableName } = shop.deps;
      const between = ['0.5', '0.9999999999999999999999999', '1.0000000000000000000000001', '1.5'];
      const images = STOCK_PARTITION_KEYS.flatMap((GSI2PK, partition) =>
        between.map((N) => ({
          ...marshall({ ...productItem({ sku: `between-${partition}-${N}` }), GSI2PK }),
          stock: { N },
        })),
      );
      for (const Item of images) await dynamoDb.send(new PutItemCommand({ TableName: tableName, Item }));
      const all = (await pages({ stockBelow: '3', limit })).flatMap(({ products }) => products);
      expect(all.map(({ stock }) => stock)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
      expect(new Set(all.map(({ sku }) => sku)).size).toBe(all.length);
    },
  );

  it('finds a product again where its stock has moved', async () => {
    await shop.createProduct({ body: aProduct({ sku: 'moving' }) });
    await shop.receiveStock({ path: { sku: 'moving' }, body: { quantity: 99 } });
    const skus = async (stockBelow: string) =>
      (await pages({ stockBelow, limit: '100' })).flatMap(({ products }) =>
        products.map(({ sku }) => String(sku)),
      );
    expect(await skus('99')).not.toContain('moving');
    expect(await skus('100')).toContain('moving');
  });

  it.each([
    ['stockBelow', {}],
    ['stockBelow', { stockBelow: '-1' }],
    ['stockBelow', { stockBelow: '1e3' }],
    ['limit', { stockBelow: '5', limit: '0' }],
    ['limit', { stockBelow: '5', limit: '101' }],
    ['nextToken', { stockBelow: '5', nextToken: 'forged' }],
  ])('answers 400 naming %s: %o', async (field, query) => {
    const problem = problemIn(await shop.listLowStock({ query: { ...query } }));
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'query', field }] });
  });

  it("answers 400 to another query's token, and to another caller's", async () => {
    const first = await shop.listLowStock({ query: { stockBelow: '5', limit: '2' } });
    const { nextToken = '' } = ProductPage.parse(first.body);
    const other = await shop.listLowStock({ query: { stockBelow: '6', limit: '2', nextToken } });
    const stolen = await shop.listLowStock({
      query: { stockBelow: '5', limit: '2', nextToken },
      caller: { sub: 'other-staff', scope: 'orders:write' },
    });
    expect([other.status, stolen.status]).toEqual([400, 400]);
  });

  it('is closed to users', async () => {
    const answer = await shop.listLowStock({ query: { stockBelow: '5' }, caller: { sub: 'ada' } });
    expect(answer.status).toBe(403);
  });
});
