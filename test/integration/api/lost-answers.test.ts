import { ulid } from 'ulid';
import { beforeAll, describe, expect, it } from 'vitest';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { deleteOrder } from '../../../pipelines/orders/delete-order.ts';
import { accountItem, orderItem, productItem, userItem } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { losingAnswers } from '../parts/losing-answers.ts';
import { newId, startWriteApi, storedProduct, type WriteApi } from './write-api.ts';

const shipTo = { name: 'Ada Example', city: 'Dresden', country: 'Germany' };

describe('a write whose answer got lost', () => {
  let api: WriteApi;
  let network: ReturnType<typeof losingAnswers>;
  beforeAll(async () => {
    const client = localDynamoDb();
    network = losingAnswers(client);
    api = await startWriteApi(client);
  });

  it('creates a user, and is not taken for a conflict with it', async () => {
    network.loseOne();
    const body = { userId: newId('user'), name: 'Ada Example', email: 'ada@example.com' };
    const answer = await api.createUser({ body });
    expect([answer.status, network.hasLost()]).toEqual([201, true]);
  });

  it('places one order', async () => {
    const userId = newId('user');
    await Promise.all([api.put(userItem({ userId })), api.put(productItem({ sku: 'chair' }))]);
    network.loseOne();
    const body = { lines: [{ sku: 'chair', quantity: 1 }], shipTo };
    const answer = await api.createOrder({ path: { userId }, body });
    expect([answer.status, network.hasLost()]).toEqual([201, true]);
    expect(await api.ordersOf(userId)).toHaveLength(1);
  });

  it('does not bring back an order that was deleted meanwhile', async () => {
    const userId = newId('user');
    await Promise.all([api.put(userItem({ userId })), api.put(productItem({ sku: 'chair' }))]);
    const others = { ...api.deps, dynamoDb: localDynamoDb() };
    network.loseOne(async () => {
      const [placed] = OrderItem.array().parse(await api.ordersOf(userId));
      if (placed !== undefined) await deleteOrder(others, placed);
    });
    const body = { lines: [{ sku: 'chair', quantity: 1 }], shipTo };
    const answer = await api.createOrder({ path: { userId }, body });
    expect([answer.status, network.hasLost()]).toEqual([201, true]);
    expect(await api.ordersOf(userId)).toEqual([]);
  });

  it('adds stock once', async () => {
    const sku = newId('sku');
    await api.put(productItem({ sku, stock: 0, received: 0 }));
    network.loseOne();
    const answer = await api.receiveStock({ path: { sku }, body: { quantity: 5 } });
    expect([answer.status, network.hasLost()]).toEqual([200, true]);
    expect(await storedProduct(api, sku)).toMatchObject({ stock: 5, received: 5 });
  });

  it('moves money once, and is answered with the transfer', async () => {
    const source = accountItem({ accountId: newId('account') });
    const destination = accountItem({ accountId: newId('account'), openingBalance: 0 });
    await Promise.all([source, destination].map(api.put));
    network.loseOne();
    const answer = await api.transferFunds({
      path: { userId: source.ownerId, accountId: source.accountId },
      headers: { 'idempotency-key': newId('key') },
      body: { to: destination.accountId, amount: 300 },
    });
    expect([answer.status, network.hasLost()]).toEqual([200, true]);
    expect(await api.read(source)).toHaveProperty('balance', source.balance - 300);
    expect(await api.read(destination)).toHaveProperty('balance', 300);
  });

  it('deletes an order, and is answered with it', async () => {
    const path = { userId: 'u-1', orderId: ulid() };
    await api.put(orderItem(path));
    network.loseOne();
    const answer = await api.deleteOrder({ path });
    expect([answer.status, network.hasLost()]).toEqual([200, true]);
  });

  it('changes a status once', async () => {
    const order = orderItem({ orderId: ulid(), status: 'confirmed' });
    await api.put(order);
    network.loseOne();
    const { userId, orderId } = order;
    const answer = await api.changeOrderStatus({ path: { userId, orderId }, body: { status: 'shipped' } });
    expect([answer.status, network.hasLost()]).toEqual([200, true]);
    expect(await api.read(order)).toHaveProperty('version', order.version + 1);
  });
});

describe('a write whose answers all got lost', () => {
  let api: WriteApi;
  let network: ReturnType<typeof losingAnswers>;
  beforeAll(async () => {
    const client = localDynamoDb();
    network = losingAnswers(client);
    api = await startWriteApi(client);
  });

  it('is answered 503 with a time to come back, and was made once', async () => {
    const sku = newId('sku');
    await api.put(productItem({ sku, stock: 0, received: 0 }));
    await network.loseAll();
    const answer = await api.receiveStock({ path: { sku }, body: { quantity: 5 } });
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(network.hasLost()).toBe(true);
    expect(await storedProduct(api, sku)).toMatchObject({ stock: 5, received: 5 });
  });

  it('is answered as if nothing had been lost when it comes again with its key', async () => {
    const sku = newId('sku');
    await api.put(productItem({ sku, stock: 0, received: 0 }));
    const receive = () =>
      api.receiveStock({
        path: { sku },
        headers: { 'idempotency-key': `receipt-of-${sku}` },
        body: { quantity: 5 },
      });
    await network.loseAll();
    expect((await receive()).status).toBe(503);
    expect(await receive()).toMatchObject({ status: 200, body: { stock: 5, received: 5 } });
    expect(await storedProduct(api, sku)).toMatchObject({ stock: 5, received: 5 });
  });

  it('moves money once when it comes again with its key', async () => {
    const source = accountItem({ accountId: newId('account') });
    const destination = accountItem({ accountId: newId('account'), openingBalance: 0 });
    await Promise.all([source, destination].map(api.put));
    const headers = { 'idempotency-key': newId('key') };
    const transfer = () =>
      api.transferFunds({
        path: { userId: source.ownerId, accountId: source.accountId },
        headers,
        body: { to: destination.accountId, amount: 300 },
      });
    await network.loseAll();
    expect((await transfer()).status).toBe(503);
    expect(await transfer()).toMatchObject({ status: 200, headers: { 'idempotency-replayed': 'true' } });
    expect(await api.read(destination)).toHaveProperty('balance', 300);
  });
});
