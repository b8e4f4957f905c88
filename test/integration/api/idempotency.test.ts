import { createHash } from 'node:crypto';
import { PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { productItem, userItem } from '../../builders/values/items.ts';
import { newId, orderIn, problemIn, startWriteApi, storedProduct, type WriteApi } from './write-api.ts';

const SECONDS_A_DAY = 86_400;
const shipTo = { name: 'Ada Example', city: 'Dresden', country: 'Germany' };
const orderOf = (quantity: number) => ({ lines: [{ sku: 'chair', quantity }], shipTo });

let api: WriteApi;
let userId: string;
let key: string;
beforeAll(async () => {
  api = await startWriteApi();
  await api.put(productItem({ sku: 'chair' }));
});
beforeEach(async () => {
  userId = newId('user');
  key = newId('key');
  await api.put(userItem({ userId }));
});

const order = (body: unknown, path = { userId }) =>
  api.createOrder({ path, headers: { 'idempotency-key': key }, body });

const receive = (sku: string, quantity: number, sub = 'clerk-a') =>
  api.receiveStock({
    path: { sku },
    headers: { 'idempotency-key': key },
    body: { quantity },
    caller: { sub, scope: 'orders:write' },
  });

async function tokens(): Promise<Record<string, unknown>[]> {
  const { Items = [] } = await api.deps.dynamoDb.send(
    new ScanCommand({ TableName: api.deps.idempotencyTableName, ConsistentRead: true }),
  );
  return Items.map((item) => unmarshall(item));
}

describe('a request with an Idempotency-Key', () => {
  it('that comes again gets the first answer, marked, and has no effect', async () => {
    const first = await order(orderOf(1));
    const second = await order(orderOf(1));
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(second).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
    expect(await api.ordersOf(userId)).toHaveLength(1);
  });

  it('that comes ten times at once takes effect once, and all get the same answer', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => order(orderOf(1))));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map((answer) => orderIn(answer).orderId)).size).toBe(1);
    expect(await api.ordersOf(userId)).toHaveLength(1);
  });

  it('with another body is refused with 422', async () => {
    await order(orderOf(1));
    expect(problemIn(await order(orderOf(2)))).toMatchObject({ status: 422, code: 'idempotency-key-reused' });
    expect(await api.ordersOf(userId)).toHaveLength(1);
  });

  it('is the same one when only white space and the order of fields differ', async () => {
    const first = await order(orderOf(1));
    const { lines } = orderOf(1);
    const second = await order(JSON.stringify({ shipTo, lines }, null, 4));
    expect(orderIn(second).orderId).toBe(orderIn(first).orderId);
  });

  it('means nothing to another resource', async () => {
    const other = newId('user');
    await api.put(userItem({ userId: other }));
    const [first, second] = [await order(orderOf(1)), await order(orderOf(1), { userId: other })];
    expect(orderIn(second).orderId).not.toBe(orderIn(first).orderId);
  });

  it('means nothing to another user who creates themselves, nor to another product', async () => {
    const headers = { 'idempotency-key': key };
    const users = [newId('user'), newId('user')].map((id) => ({
      userId: id,
      name: 'Ada',
      email: 'ada@example.com',
    }));
    for (const body of users)
      expect((await api.createUser({ headers, body, caller: { sub: body.userId } })).status).toBe(201);
    for (const sku of [newId('sku'), newId('sku')]) {
      const body = { sku, name: 'Oak chair', category: 'Furniture', unitPrice: 1_250, currency: 'EUR' };
      expect((await api.createProduct({ headers, body })).status).toBe(201);
    }
  });

  it('means nothing to another caller, whose request takes effect too', async () => {
    const sku = newId('sku');
    await api.put(productItem({ sku, stock: 0, received: 0 }));
    const answers = [await receive(sku, 10, 'clerk-a'), await receive(sku, 10, 'clerk-b')];
    for (const { headers } of answers) expect(headers).not.toHaveProperty('idempotency-replayed');
    expect(await storedProduct(api, sku)).toMatchObject({ stock: 20, received: 20 });
  });

  it('means nothing to the staff where the user sent it, on the path of that user', async () => {
    const byUser = { path: { userId }, headers: { 'idempotency-key': key }, caller: { sub: userId } };
    await api.createOrder({ ...byUser, body: orderOf(1) });
    expect((await order(orderOf(1))).headers).not.toHaveProperty('idempotency-replayed');
    expect(await api.ordersOf(userId)).toHaveLength(2);
  });

  it('has no second effect when release 0.2.0 remembers it, which knew no callers', async () => {
    const [sku, other] = [newId('sku'), newId('sku')];
    for (const id of [sku, other]) await api.put(productItem({ sku: id, stock: 0, received: 0 }));
    const first = await receive(other, 10);
    const [token] = (await tokens()).filter(({ response }) => String(response).includes(other));
    const id = createHash('sha256')
      .update(JSON.stringify(['receive-stock', sku, key]))
      .digest('hex');
    const TableName = api.deps.idempotencyTableName;
    await api.deps.dynamoDb.send(new PutItemCommand({ TableName, Item: marshall({ ...token, id }) }));
    expect(await receive(sku, 10)).toMatchObject({
      body: first.body,
      headers: { 'idempotency-replayed': 'true' },
    });
    expect(await storedProduct(api, sku)).toMatchObject({ stock: 0 });
  });

  it('is not remembered when it was refused', async () => {
    const sku = newId('sku');
    expect((await receive(sku, 5)).status).toBe(404);
    await api.put(productItem({ sku }));
    expect((await receive(sku, 5)).status).toBe(200);
  });

  it('is answered as before even when it would be refused by now', async () => {
    const body = { userId: newId('user'), name: 'Ada Example', email: 'ada@example.com' };
    const create = () => api.createUser({ headers: { 'idempotency-key': key }, body });
    const [first, second] = [await create(), await create()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body).toEqual(first.body);
  });

  it('adds stock once, and is answered with the stock as it was then', async () => {
    const sku = newId('sku');
    await api.put(productItem({ sku, stock: 0, received: 0 }));
    const first = await receive(sku, 5);
    await api.receiveStock({ path: { sku }, body: { quantity: 2 } });
    expect((await receive(sku, 5)).body).toEqual(first.body);
    expect(await storedProduct(api, sku)).toMatchObject({ stock: 7, received: 7 });
  });

  it('is remembered for a day', async () => {
    const nowSeconds = (): number => Math.floor(Date.now() / 1_000);
    const before = nowSeconds();
    const answer = await order(orderOf(1));
    const after = nowSeconds();
    const token = (await tokens()).find(({ response }) => String(response).includes(orderIn(answer).orderId));
    expect(Number(token?.['expiresAt'])).toBeGreaterThanOrEqual(before + SECONDS_A_DAY);
    expect(Number(token?.['expiresAt'])).toBeLessThanOrEqual(after + SECONDS_A_DAY + 1);
  });

  it('takes effect again when its memory has expired, though DynamoDB has not removed it yet', async () => {
    const first = await order(orderOf(1));
    const token = (await tokens()).find(({ response }) => String(response).includes(orderIn(first).orderId));
    const expired = { ...token, expiresAt: Math.floor(Date.now() / 1_000) - 1 };
    const TableName = api.deps.idempotencyTableName;
    await api.deps.dynamoDb.send(new PutItemCommand({ TableName, Item: marshall(expired) }));
    const second = await order(orderOf(1));
    expect(second.headers).not.toHaveProperty('idempotency-replayed');
    expect(await api.ordersOf(userId)).toHaveLength(2);
  });

  it.each([[''], ['has space'], ['x'.repeat(129)], ['ключ']])(
    'is refused for the malformed key %j',
    async (bad) => {
      key = bad;
      const problem = problemIn(await order(orderOf(1)));
      expect(problem).toMatchObject({ status: 400, errors: [{ in: 'header', field: 'Idempotency-Key' }] });
    },
  );
});

describe('a request without an Idempotency-Key', () => {
  it('takes effect each time', async () => {
    const plain = () => api.createOrder({ path: { userId }, body: orderOf(1) });
    await Promise.all([plain(), plain()]);
    expect(await api.ordersOf(userId)).toHaveLength(2);
  });
});
