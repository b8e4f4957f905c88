import * as z from 'zod';
import { schemaNameOf } from '../../../../contracts/events/order-notification.ts';
import type { LocalSystem } from '../../../local/system/local-system.ts';
import type { JudgingGateway } from '../iam/gateway.ts';
import { type Caller, pages, USER_ID } from './caller.ts';
import { codeOf, mailsOf, unsubscribeTokenOf } from './mails.ts';

/** Far more than the work needs; a consumer whose calls are refused never ends. */
export const DRAIN_TIMEOUT_MS = 20_000;
const OTHER_USER = 'bea';
const SKU = 'chair';
const USER = { userId: USER_ID };
const PRODUCT = { sku: SKU };
const ACCOUNT = 'ada-main';
const OTHER_ACCOUNT = 'ada-savings';
const FIRST = { limit: '1' };
const Order = z.object({ orderId: z.string() });

/** A system under work, what calls its API, and what its functions' calls go through. */
export interface ClientWork {
  readonly system: LocalSystem;
  readonly caller: Caller;
  readonly gateway: Pick<JudgingGateway, 'fail' | 'calls'>;
}

/** Requests of every resource that clients call, in an order in which each succeeds. Operators' requests are in operator-work.ts. */
export async function workOfClients(work: ClientWork): Promise<void> {
  await workOfUsers(work);
  await workOfProducts(work);
  await workOfOrders(work);
  await workOfAccounts(work);
  await workOfSearch(work);
  await work.caller.use('deleteUser', { path: { userId: OTHER_USER } });
}

async function workOfUsers({ system, caller }: ClientWork): Promise<void> {
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

async function workOfProducts({ caller, gateway }: ClientWork): Promise<void> {
  // A batch whose response is lost reads what it has written.
  gateway.fail({
    role: 'ProductsFunction',
    action: 'dynamodb:PartiQLInsert',
    status: 500,
    isLate: true,
    once: true,
  });
  await caller.use('createProduct');
  await caller.use('createProducts', {
    body: {
      products: [
        { sku: 'table', name: 'Oak table', category: 'Furniture', unitPrice: 9_900, currency: 'EUR' },
      ],
    },
  });
  await caller.use('receiveStock', { path: PRODUCT, body: { quantity: 10 } });
  await caller.use('getProduct', { path: PRODUCT });
  await pages(caller, 'listLowStock', { query: { ...FIRST, stockBelow: '100' } });
}

async function workOfOrders({ system, caller }: ClientWork): Promise<void> {
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
  await caller.use('getEventSchema', { path: { name: schemaNameOf('order.placed') } });
  await system.drained(DRAIN_TIMEOUT_MS);
  await caller.use('getOrderTimeline', { path: { ...confirmed } });
  const token = unsubscribeTokenOf(await mailsOf(system.mails));
  await caller.use('unsubscribe', { query: { token } });
}

async function workOfAccounts({ caller }: ClientWork): Promise<void> {
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT])
    await caller.use('openAccount', {
      path: USER,
      body: { accountId, currency: 'EUR', openingBalance: 5_000 },
    });
  const path = { ...USER, accountId: ACCOUNT };
  await caller.use('getAccount', { path });
  await caller.use('transferFunds', { path, body: { to: OTHER_ACCOUNT, amount: 1 } });
  await caller.use('transferFunds', { path, body: { to: OTHER_ACCOUNT, amount: 2 } });
  await pages(caller, 'listLedger', { path, query: FIRST });
}

async function workOfSearch({ caller }: ClientWork): Promise<void> {
  for (const id of ['searchOrders', 'searchProducts', 'searchUsers']) {
    await pages(caller, id, { query: FIRST });
    await caller.use(id, { query: { q: 'nothing has these words' } });
  }
  await caller.use('searchUsers', { query: { email: 'ada@example.com' } });
  await caller.use('suggest', { query: { q: 'oa' } });
  await caller.use('searchAnalytics', { query: {} });
}
