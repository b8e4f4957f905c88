import { type AttributeValue, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LedgerPage } from '../../../contracts/api/accounts.ts';
import { ProductPage } from '../../../contracts/api/products.ts';
import { GetUsersResponse } from '../../../contracts/api/users.ts';
import { instantOf } from '../../../pipelines/clock.ts';
import { scanTable } from '../../../pipelines/dynamodb/scan-table.ts';
import { cancelStaleOrders } from '../../../pipelines/orders/cancel-stale-orders.ts';
import { brokenImages, oddButSoundImages } from '../../builders/values/attribute-values.ts';
import {
  accountItem,
  ledgerEntryItem,
  orderItem,
  productItem,
  userItem,
} from '../../builders/values/items.ts';
import { newId, orderPageIn, startWriteApi, type WriteApi } from './write-api.ts';

type Image = Record<string, AttributeValue>;

const GOOD = 10;
const NOW = new Date('2026-03-10T12:00:00.000Z');
const clock = { now: () => NOW, firstVersion: () => orderItem().version };

let api: WriteApi;
let userId: string;

beforeAll(async () => {
  api = await startWriteApi(undefined, { clock });
});
beforeEach(() => {
  userId = newId('user');
});

const imageOf = (item: object): Image => marshall(item, { removeUndefinedValues: true });

async function putImages(images: readonly Image[]): Promise<void> {
  const { dynamoDb, tableName } = api.deps;
  for (const Item of images) await dynamoDb.send(new PutItemCommand({ TableName: tableName, Item }));
}

/**
 * Puts ten good items, one that is sound though odd of each kind, and one that is broken of each kind.
 *
 * @param field A text that the contract of the item knows and no index has.
 * @returns the names of those that must be found, as `nameOf` has them.
 */
async function givenMixed<Item extends object>(
  itemOf: (index: number) => Item,
  field: string,
  nameOf: (item: Item) => string,
): Promise<readonly string[]> {
  let index = 0;
  const next = (): Item => itemOf(index++);
  const good = Array.from({ length: GOOD }, next);
  const odd = oddButSoundImages.map((change) => ({ item: next(), change }));
  const broken = brokenImages(field).map((change) => change(imageOf(next())));
  // The broken ones lie between the good ones in every order of the keys.
  await putImages(good.slice(0, GOOD / 2).map(imageOf));
  await putImages(broken);
  await putImages([
    ...good.slice(GOOD / 2).map(imageOf),
    ...odd.map(({ item, change }) => change(imageOf(item))),
  ]);
  return [...good, ...odd.map(({ item }) => item)].map(nameOf).toSorted();
}

const orderOf = (index: number) => {
  const at = NOW.getTime() - (index + 1) * 60_000;
  return orderItem({ orderId: ulid(at), userId, createdAt: new Date(at).toISOString() });
};

describe('a broken item among good ones', () => {
  it("takes none of them out of a user's orders", async () => {
    const names = await givenMixed(orderOf, 'currency', ({ orderId }) => orderId);
    const path = { userId };
    const lists = [
      await api.listOrders({ path, query: { limit: '100' } }),
      await api.listLargestOrders({ path, query: { limit: '100' } }),
    ];
    for (const page of lists)
      expect(
        orderPageIn(page)
          .orders.map(({ orderId }) => orderId)
          .toSorted(),
      ).toEqual(names);
  });

  it('takes none of them out of the orders of a status', async () => {
    const names = await givenMixed(orderOf, 'currency', ({ orderId }) => orderId);
    const page = orderPageIn(await api.listOrdersByStatus({ query: { status: 'placed', limit: '100' } }));
    const own = page.orders.filter((order) => order.userId === userId);
    expect(own.map(({ orderId }) => orderId).toSorted()).toEqual(names);
  });

  it('takes none of them out of the products that run out', async () => {
    const prefix = newId('sku');
    const names = await givenMixed(
      (index) => productItem({ sku: `${prefix}-${index}`, stock: 3, received: 3 }),
      'name',
      ({ sku }) => sku,
    );
    const answer = await api.listLowStock({ query: { stockBelow: '5', limit: '100' } });
    const { products } = ProductPage.parse(answer.body);
    expect(
      products
        .map(({ sku }) => String(sku))
        .filter((sku) => sku.startsWith(prefix))
        .toSorted(),
    ).toEqual(names);
  });

  it('takes none of them out of a ledger, page by page', async () => {
    const accountId = newId('account');
    await api.put(accountItem({ accountId, ownerId: userId }));
    const names = await givenMixed(
      (index) => ledgerEntryItem({ accountId, transactionId: ulid(NOW.getTime() - index) }),
      'counterparty',
      ({ transactionId }) => transactionId,
    );
    const found: string[] = [];
    let nextToken: string | undefined;
    do {
      const query = { limit: '3', ...(nextToken === undefined ? {} : { nextToken }) };
      const page = LedgerPage.parse((await api.listLedger({ path: { userId, accountId }, query })).body);
      found.push(...page.entries.map(({ transactionId }) => transactionId));
      nextToken = page.nextToken;
    } while (nextToken !== undefined && found.length <= names.length);
    expect(found.toSorted()).toEqual(names);
  });

  it('takes none of them out of a batch of users', async () => {
    const asked: string[] = [];
    const names = await givenMixed(
      (index) => {
        asked.push(`${userId}-${index}`);
        return userItem({ userId: `${userId}-${index}` });
      },
      'name',
      (user) => user.userId,
    );
    const { users } = GetUsersResponse.parse((await api.getUsers({ body: { userIds: asked } })).body);
    expect(
      users
        .filter(({ found }) => found === true)
        .map((user) => String(user.userId))
        .toSorted(),
    ).toEqual(names);
    expect(users.filter(({ found }) => found !== true)).toHaveLength(asked.length - names.length);
  });

  it('takes none of them out of a scan, which names the broken ones', async () => {
    const names = await givenMixed(orderOf, 'currency', ({ sk }) => sk);
    const sound: string[] = [];
    const malformed: string[] = [];
    const { dynamoDb, tableName } = api.deps;
    await scanTable(
      dynamoDb,
      { tableName, segments: 1, signal: AbortSignal.timeout(30_000) },
      {
        item: ({ pk, sk }) => void (pk === `USER#${userId}` && sound.push(sk)),
        malformed: ({ pk, sk }) => void (pk === `USER#${userId}` && malformed.push(sk)),
      },
    );
    expect(sound.toSorted()).toEqual(names);
    expect(malformed).toHaveLength(brokenImages('currency').length);
  });

  it('keeps none of them from being cancelled when they are stale', async () => {
    const names = await givenMixed(orderOf, 'currency', ({ orderId }) => orderId);
    const failures: (string | undefined)[] = [];
    const deps = {
      ...api.deps,
      onFailure: (_: unknown, orderId: string | undefined) => failures.push(orderId),
    };
    await cancelStaleOrders(deps, {
      placedBefore: instantOf(new Date('2026-03-11T00:00:00.000Z')),
      hasTime: () => true,
    });
    const orders = await api.ordersOf(userId);
    const cancelled = orders
      .filter(({ status }) => status === 'cancelled')
      .map(({ orderId }) => String(orderId));
    expect(cancelled.toSorted()).toEqual(names);
    expect(failures.length).toBeGreaterThanOrEqual(brokenImages('currency').length);
  });
});
