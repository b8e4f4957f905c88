import * as z from 'zod';
import type { LocalSystem } from '../../local/system/local-system.ts';
import { type Caller, USER_ID } from './caller.ts';
import { codeOf, mailsOf, unsubscribeTokenOf } from './mails.ts';

const DRAIN_TIMEOUT_MS = 60_000;
const OTHER_USER = 'bea';
const SKU = 'chair';
const USER = { userId: USER_ID };
const PRODUCT = { sku: SKU };
const ACCOUNT = 'ada-main';
const OTHER_ACCOUNT = 'ada-savings';
const FIRST = { limit: '1' };
const Order = z.object({ orderId: z.string() });
const Page = z.object({ nextToken: z.string().optional() });

/** A system under work, and what calls its API. */
export interface Work {
  readonly system: LocalSystem;
  readonly caller: Caller;
}

/** Requests of every resource that clients call, in an order in which each succeeds. Operators' requests are in operator-work.ts. */
export async function workOfClients(work: Work): Promise<void> {
  await workOfUsers(work);
  await workOfProducts(work);
  await workOfOrders(work);
  await workOfAccounts(work);
  await workOfSearch(work);
  await work.caller.use('deleteUser', { path: { userId: OTHER_USER } });
}

async function workOfUsers({ system, caller }: Work): Promise<void> {
  await caller.use('createUser', { body: { ...USER, name: 'Ada Example', email: 'ada@example.com' } });
  await caller.use('createUsers', {
    body: { users: [{ userId: OTHER_USER, name: 'Bea Example', email: 'bea@example.com' }] },
  });
  await caller.use('getUser', { path: USER });
  await caller.use('getUsers', { body: { userIds: [USER_ID, OTHER_USER] } });
  await caller.use('updateUser', { path: USER });
  await caller.use('requestEmailVerification', { path: USER });
  const token = codeOf(await mailsOf(system.mails));
  await caller.use('confirmEmail', { path: USER, body: { token } });
}

async function workOfProducts({ caller }: Work): Promise<void> {
  await caller.use('createProduct');
  await caller.use('createProducts', {
    body: { products: [{ sku: 'table', name: 'Oak table', category: 'Furniture', unitPrice: 9_900, currency: 'EUR' }] },
  });
  await caller.use('receiveStock', { path: PRODUCT, body: { quantity: 10 } });
  await caller.use('getProduct', { path: PRODUCT });
  await pages(caller, 'listLowStock', { query: { ...FIRST, stockBelow: '100' } });
}

async function workOfOrders({ system, caller }: Work): Promise<void> {
  const orders: { readonly userId: string; readonly orderId: string }[] = [];
  for (let count = 0; count < 4; count += 1) {
    const created = await caller.call('createOrder', { path: USER }, Order);
    if (created !== undefined) orders.push({ ...USER, orderId: created.orderId });
  }
  await system.drained(DRAIN_TIMEOUT_MS);
  const [confirmed, cancelled, deleted] = orders;
  await caller.use('changeOrderStatus', { path: { ...confirmed }, body: { status: 'confirmed' } });
  await caller.use('changeOrderStatus', { path: { ...cancelled }, body: { status: 'cancelled' } });
  await caller.use('deleteOrder', { path: { ...deleted } });
  await caller.use('getOrder', { path: { ...confirmed } });
  await pages(caller, 'listOrders', { path: USER, query: FIRST });
  await pages(caller, 'listLargestOrders', { path: USER, query: FIRST });
  await pages(caller, 'listOrdersByStatus', { query: { ...FIRST, status: 'placed' } });
  await caller.use('getEventSchema', { path: { name: 'order.placed' } });
  await system.drained(DRAIN_TIMEOUT_MS);
  await caller.use('getOrderTimeline', { path: { ...confirmed } });
  const token = unsubscribeTokenOf(await mailsOf(system.mails));
  await caller.use('unsubscribe', { query: { token } });
}

async function workOfAccounts({ caller }: Work): Promise<void> {
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT])
    await caller.use('openAccount', { path: USER, body: { accountId, currency: 'EUR', openingBalance: 5_000 } });
  const path = { ...USER, accountId: ACCOUNT };
  await caller.use('getAccount', { path });
  await caller.use('transferFunds', { path, body: { to: OTHER_ACCOUNT, amount: 1 } });
  await caller.use('transferFunds', { path, body: { to: OTHER_ACCOUNT, amount: 2 } });
  await pages(caller, 'listLedger', { path, query: FIRST });
}

async function workOfSearch({ caller }: Work): Promise<void> {
  for (const id of ['searchOrders', 'searchProducts', 'searchUsers']) {
    await pages(caller, id, { query: FIRST });
    await caller.use(id, { query: { q: 'oak' } });
  }
  await caller.use('searchOrders', { query: { q: 'chiar' } });
  await caller.use('searchUsers', { query: { email: 'ada@example.com' } });
  await caller.use('suggest', { query: { q: 'oa' } });
  await caller.use('searchAnalytics', { query: {} });
}

/** Two pages of a list, where it has two: the second needs the key of page tokens. */
export async function pages(caller: Caller, id: string, request: Parameters<Caller['use']>[1] = {}): Promise<void> {
  const nextToken = (await caller.call(id, request, Page))?.nextToken;
  if (nextToken !== undefined) await caller.use(id, { ...request, query: { ...request.query, nextToken } });
}
