import { beforeAll, describe, expect, it } from 'vitest';
import { BODY_BYTES_MAX } from '../../../contracts/api/operation.ts';
import { CreateProductsBody, CreateProductsResponse } from '../../../contracts/api/products.ts';
import { CreateUsersResponse } from '../../../contracts/api/users.ts';
import { ProductItem } from '../../../contracts/entities/product.ts';
import { UserItem, userKey } from '../../../contracts/entities/user.ts';
import { UserId } from '../../../contracts/ids.ts';
import { createProducts } from '../../../pipelines/products/create-products.ts';
import { productItem, userItem } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { losingAnswers } from '../parts/losing-answers.ts';
import { dynamoDbRefusing } from '../parts/refusing-client.ts';
import { requestsAtOnce } from '../parts/requests-at-once.ts';
import { type Answer, newId, problemIn, startWriteApi, storedProduct, type WriteApi } from './write-api.ts';

const aUser = (overrides: object = {}) => ({
  userId: newId('user'),
  name: 'Ada Example',
  email: 'ada@example.com',
  ...overrides,
});
const aProduct = (overrides: object = {}) => ({
  sku: newId('sku'),
  name: 'Oak chair',
  category: 'Furniture',
  unitPrice: 1_250,
  currency: 'EUR',
  ...overrides,
});
const usersIn = ({ body }: Answer): CreateUsersResponse => CreateUsersResponse.parse(body);
const productsIn = ({ body }: Answer): CreateProductsResponse => CreateProductsResponse.parse(body);
const storedUser = (api: WriteApi, userId: string) => api.read(userKey(UserId.parse(userId)));

describe('a batch of new items', () => {
  let api: WriteApi;
  let counted: ReturnType<typeof requestsAtOnce>;
  beforeAll(async () => {
    const client = localDynamoDb();
    api = await startWriteApi(client);
    counted = requestsAtOnce(client);
  });

  it('may have 1,000, which are sent in chunks of 25, four at once, and told in order', async () => {
    const body = CreateProductsBody.parse({ products: Array.from({ length: 1_000 }, () => aProduct()) });
    const answer = await createProducts(api.deps, body, new AbortController().signal);
    expect(answer).toEqual({
      results: body.products.map(({ sku }, index) => ({ index, sku, outcome: 'created' })),
      counts: { created: 1_000, alreadyExists: 0, failed: 0 },
    });
    expect(counted).toEqual({ requests: 40, atOnceMax: 4 });
  });

  it('writes users that keep the contract', async () => {
    const user = aUser({ segment: 'Consumer' });
    const answer = await api.createUsers({ body: { users: [user, aUser()] } });
    expect(usersIn(answer).counts).toEqual({ created: 2, alreadyExists: 0, failed: 0 });
    expect(UserItem.parse(await storedUser(api, user.userId))).toMatchObject(user);
  });

  it('writes products that keep the contract, without any stock', async () => {
    const product = aProduct();
    await api.createProducts({ body: { products: [product] } });
    const stored = ProductItem.parse(await storedProduct(api, product.sku));
    expect(stored).toMatchObject({ ...product, stock: 0, reserved: 0, received: 0 });
  });

  it('writes what a single request would', async () => {
    const [single, inBatch] = [aProduct(), aProduct()];
    await api.createProduct({ body: single });
    await api.createProducts({ body: { products: [inBatch] } });
    const [one, other] = [await storedProduct(api, single.sku), await storedProduct(api, inBatch.sku)];
    expect(Object.keys(other ?? {}).toSorted()).toEqual(Object.keys(one ?? {}).toSorted());
  });

  it('may be larger than other requests', async () => {
    const products = Array.from({ length: 400 }, () => aProduct({ name: '🪑'.repeat(150) }));
    expect(Buffer.byteLength(JSON.stringify({ products }))).toBeGreaterThan(BODY_BYTES_MAX);
    expect((await api.createProducts({ body: { products } })).status).toBe(200);
  });
});

describe('a batch with items that exist', () => {
  let api: WriteApi;
  beforeAll(async () => {
    api = await startWriteApi();
  });

  it('leaves a product with its stock as it is, and creates the others', async () => {
    const product = productItem({ sku: newId('sku'), stock: 7, reserved: 3, received: 10 });
    await api.put(product);
    const products = [aProduct(), aProduct({ sku: product.sku, name: 'Another chair' }), aProduct()];
    const answer = productsIn(await api.createProducts({ body: { products } }));
    expect(answer.results.map(({ outcome }) => outcome)).toEqual(['created', 'already-exists', 'created']);
    expect(answer.counts).toEqual({ created: 2, alreadyExists: 1, failed: 0 });
    expect(await storedProduct(api, product.sku)).toEqual(product);
  });

  it('leaves a user as it is', async () => {
    const user = userItem({ userId: newId('user') });
    await api.put(user);
    const answer = await api.createUsers({ body: { users: [aUser({ userId: user.userId })] } });
    expect(usersIn(answer).results).toEqual([{ index: 0, userId: user.userId, outcome: 'already-exists' }]);
    expect(await storedUser(api, user.userId)).toEqual(user);
  });

  it('that comes a second time says of each that it exists', async () => {
    const body = { users: [aUser(), aUser()] };
    await api.createUsers({ body });
    expect(usersIn(await api.createUsers({ body })).counts).toMatchObject({ created: 0, alreadyExists: 2 });
  });

  it('creates each user once when it comes several times at once', async () => {
    const body = { users: Array.from({ length: 30 }, () => aUser()) };
    const answers = await Promise.all([1, 2, 3].map(() => api.createUsers({ body })));
    const created = answers.map((answer) => usersIn(answer).counts.created);
    expect(created.reduce((sum, count) => sum + count)).toBe(30);
  });
});

describe('a batch that is refused', () => {
  let api: WriteApi;
  beforeAll(async () => {
    api = await startWriteApi();
  });

  it('names each repeated key and where it came first, and writes nothing', async () => {
    const [first, second] = [aUser(), aUser()];
    const users = [first, second, aUser({ userId: first.userId }), second, first];
    const problem = problemIn(await api.createUsers({ body: { users } }));
    expect(problem).toMatchObject({ status: 400, code: 'invalid-request' });
    expect(problem.errors).toEqual([
      { in: 'body', field: '/users/2/userId', message: 'is the same as /users/0/userId' },
      { in: 'body', field: '/users/3/userId', message: 'is the same as /users/1/userId' },
      { in: 'body', field: '/users/4/userId', message: 'is the same as /users/0/userId' },
    ]);
    expect(await storedUser(api, first.userId)).toBeUndefined();
  });

  it('names each malformed field by its place, and writes nothing', async () => {
    const sound = aProduct();
    const products = [sound, aProduct({ unitPrice: -1 }), aProduct({ name: '', stock: 5 })];
    const problem = problemIn(await api.createProducts({ body: { products } }));
    expect(problem.errors?.map(({ field }) => field)).toEqual([
      '/products/1/unitPrice',
      '/products/2/name',
      '/products/2/stock',
    ]);
    expect(await storedProduct(api, sound.sku)).toBeUndefined();
  });

  it.each([0, 1_001])('has %i entries', async (length) => {
    const problem = problemIn(
      await api.createUsers({ body: { users: Array.from({ length }, () => aUser()) } }),
    );
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'body', field: '/users' }] });
  });

  it('is larger than 1 MiB', async () => {
    const users = Array.from({ length: 1_000 }, () =>
      aUser({ name: '🪑'.repeat(100), segment: 'ü'.repeat(400) }),
    );
    expect(problemIn(await api.createUsers({ body: { users } }))).toMatchObject({ code: 'body-too-large' });
  });

  it('comes from a user', async () => {
    const body = { users: [aUser()] };
    expect((await api.createUsers({ body, caller: { sub: body.users[0]?.userId ?? '' } })).status).toBe(403);
  });
});

describe('a batch of which the table leaves a part', () => {
  it.each([
    'ProvisionedThroughputExceeded',
    'ThrottlingError',
    'RequestLimitExceeded',
    'InternalServerError',
    'TransactionConflict',
  ] as const)('has that part sent again and no other: %s', async (code) => {
    const products = Array.from({ length: 30 }, () => aProduct());
    const throttled = new Set([0, 7, 29].map((index) => `PRODUCT#${products[index]?.sku}`));
    const timesOf = new Map<string, number>();
    const api = await startWriteApi(
      dynamoDbRefusing((pk, time) => {
        timesOf.set(pk, time);
        return throttled.has(pk) && time < 3 ? code : undefined;
      }),
    );
    const answer = productsIn(await api.createProducts({ body: { products } }));
    expect(answer.counts).toEqual({ created: 30, alreadyExists: 0, failed: 0 });
    expect([...timesOf].filter(([, times]) => times > 1)).toEqual([...throttled].map((pk) => [pk, 3]));
  });

  it('tells what is left after five retries, item by item', async () => {
    const products = Array.from({ length: 30 }, () => aProduct());
    let timeMax = 0;
    const api = await startWriteApi(
      dynamoDbRefusing((pk, time) => {
        timeMax = Math.max(timeMax, time);
        return pk === `PRODUCT#${products[26]?.sku}` ? 'ThrottlingError' : undefined;
      }),
    );
    const answer = productsIn(await api.createProducts({ body: { products } }));
    expect(answer.counts).toEqual({ created: 29, alreadyExists: 0, failed: 1 });
    expect(answer.results[26]).toEqual({
      index: 26,
      sku: products[26]?.sku,
      outcome: 'failed',
      retryable: true,
    });
    expect(timeMax).toBe(6);
    expect(api.logger.warn).toHaveBeenCalledExactlyOnceWith('Items of a batch were not written', {
      items: 1,
      kinds: ['throttled'],
    });
  });

  it('tells what the table refuses for good, without a retry', async () => {
    const users = [aUser(), aUser()];
    const full = `USER#${users[1]?.userId}`;
    const api = await startWriteApi(
      dynamoDbRefusing((pk, time) =>
        pk === full && time === 1 ? 'ItemCollectionSizeLimitExceeded' : undefined,
      ),
    );
    const answer = usersIn(await api.createUsers({ body: { users } }));
    expect(answer.results.map(({ index, userId: _, ...outcome }) => outcome)).toEqual([
      { outcome: 'created' },
      { outcome: 'failed', retryable: false },
    ]);
    expect(api.logger.error).toHaveBeenCalledExactlyOnceWith('Items of a batch were refused', {
      items: 1,
      kinds: ['validation'],
    });
  });
});

describe('a batch whose answer got lost', () => {
  let api: WriteApi;
  let network: ReturnType<typeof losingAnswers>;
  beforeAll(async () => {
    const client = localDynamoDb();
    network = losingAnswers(client);
    api = await startWriteApi(client);
  });

  it('knows its own items, and tells them from those that were there', async () => {
    const user = userItem({ userId: newId('user') });
    await api.put(user);
    network.loseOne();
    const body = { users: [aUser(), aUser({ userId: user.userId }), aUser()] };
    const answer = usersIn(await api.createUsers({ body }));
    expect(network.hasLost()).toBe(true);
    expect(answer.results.map(({ outcome }) => outcome)).toEqual(['created', 'already-exists', 'created']);
  });

  it('knows them also when it lost as many answers as the SDK waits for', async () => {
    await network.loseAll();
    const answer = usersIn(await api.createUsers({ body: { users: [aUser()] } }));
    expect(network.hasLost()).toBe(true);
    expect(answer.counts).toEqual({ created: 1, alreadyExists: 0, failed: 0 });
  });
});
