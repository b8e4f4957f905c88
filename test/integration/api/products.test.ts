import { beforeAll, describe, expect, it } from 'vitest';
import { ProductItem } from '../../../contracts/items/product.ts';
import { productItem } from '../../builders/items.ts';
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
