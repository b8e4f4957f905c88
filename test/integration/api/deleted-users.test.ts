import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operations } from '../../../contracts/api/operations.ts';
import type { AccountItem } from '../../../contracts/entities/account.ts';
import type { OrderItem } from '../../../contracts/entities/order.ts';
import type { UserItem } from '../../../contracts/entities/user.ts';
import { verifiedAddressKey } from '../../../contracts/order-mails/mailbox-items.ts';
import { usersHandler } from '../../../handlers/api/users.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION } from '../../../infra/local/machine/region.ts';
import { MailFolder } from '../../../infra/local/mail/mail-folder.ts';
import { type MailServer, startMailServer } from '../../../infra/local/mail/mail-server.ts';
import { instantOf, systemClock } from '../../../pipelines/clock.ts';
import { addressHash } from '../../../pipelines/order-mails/address-hash.ts';
import { mailTokens } from '../../builders/page-tokens.ts';
import { accountItem, orderItem, productItem, userItem } from '../../builders/values/items.ts';
import { interruptedDynamoDb } from '../parts/interrupted-client.ts';
import { createMailboxTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';
import { type Answer, calling, newId, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

const shipTo = { name: 'Ada Example', city: 'Dresden', country: 'Germany' };
const STATES = ['alive', 'expired', 'deleted'] as const;
type State = (typeof STATES)[number];

const client = interruptedDynamoDb();
let api: WriteApi;
let table: TestTable;
let mailbox: TestTable;
let folder: string;
let server: MailServer;
let ses: SESv2Client;
let mails: ReturnType<typeof usersHandler>;
beforeAll(async () => {
  let mailboxTableName: string;
  [api, mailboxTableName, folder] = await Promise.all([
    startWriteApi(client.dynamoDb),
    createMailboxTable(client.dynamoDb),
    mkdtemp(join(tmpdir(), 'deleted-users-')),
  ]);
  table = new TestTable(client.dynamoDb, api.deps.tableName);
  mailbox = new TestTable(client.dynamoDb, mailboxTableName);
  server = await startMailServer(await MailFolder.open(folder));
  ses = new SESv2Client({ endpoint: server.url, region: LOCAL_REGION, credentials: LOCAL_CREDENTIALS });
  const sender = { from: 'orders@shop.example', configurationSet: 'mails' };
  mails = usersHandler({
    ...api.deps,
    mails: { ...api.deps, mailboxTableName, ses, tokens: mailTokens(), sender },
  });
  await table.put(productItem({ sku: 'chair' }));
});
afterAll(async () => {
  ses?.destroy();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A user with an order and an account, and who they pay. */
interface Owner {
  readonly user: UserItem;
  readonly order: OrderItem;
  readonly account: AccountItem;
  readonly other: AccountItem;
}

async function anOwner(state: State): Promise<Owner> {
  const userId = newId('user');
  const ttl = state === 'expired' ? { ttl: 1_000_000_000 } : {};
  const user = userItem({ userId, email: `${newId('a')}@example.com`, ...ttl });
  const order = orderItem({ userId });
  const account = accountItem({ accountId: newId('own'), ownerId: userId, openingBalance: 1_000 });
  const other = accountItem({ accountId: newId('other'), ownerId: newId('user') });
  await table.put(order, account, other);
  if (state !== 'deleted') await table.put(user);
  return { user, order, account, other };
}

type Call = (owner: Owner, caller: { sub: string; scope?: string }) => Promise<Answer>;

const orderPath = ({ order: { userId, orderId } }: Owner) => ({ userId, orderId });
const accountPath = ({ account }: Owner) => ({ userId: account.ownerId, accountId: account.accountId });
const transfer: Call = (owner, caller) =>
  api.transferFunds({
    path: accountPath(owner),
    headers: { 'idempotency-key': newId('key') },
    body: { to: owner.other.accountId, amount: 300 },
    caller,
  });
const cancel: Call = (owner, caller) =>
  api.changeOrderStatus({ path: orderPath(owner), body: { status: 'cancelled' }, caller });
const confirmEmail: Call = async ({ user: { userId, email } }, caller) => {
  const now = instantOf(systemClock.now());
  const token = await mailTokens().sealVerification(userId, addressHash(email), now);
  return calling(mails, 'confirmEmail')({ path: { userId }, body: { token }, caller });
};

/** Each write of a user, and its status by the state of the user. */
const WRITES: Readonly<Record<string, readonly [Call, Readonly<Record<State, number>>]>> = {
  // A deleted user may be a user again. The item of an expired one is there until DynamoDB deletes it.
  createUser: [
    ({ user: { userId, name, email } }, caller) => api.createUser({ body: { userId, name, email }, caller }),
    { alive: 409, expired: 409, deleted: 201 },
  ],
  updateUser: [
    ({ user: { userId } }, caller) => api.updateUser({ path: { userId }, body: { name: 'Ada' }, caller }),
    { alive: 200, expired: 404, deleted: 404 },
  ],
  deleteUser: [
    ({ user: { userId } }, caller) => api.deleteUser({ path: { userId }, caller }),
    { alive: 200, expired: 404, deleted: 404 },
  ],
  requestEmailVerification: [
    ({ user: { userId } }, caller) =>
      calling(mails, 'requestEmailVerification')({ path: { userId }, caller }),
    { alive: 200, expired: 404, deleted: 404 },
  ],
  confirmEmail: [confirmEmail, { alive: 200, expired: 404, deleted: 404 }],
  createOrder: [
    ({ user: { userId } }, caller) =>
      api.createOrder({ path: { userId }, body: { lines: [{ sku: 'chair', quantity: 1 }], shipTo }, caller }),
    { alive: 201, expired: 404, deleted: 404 },
  ],
  changeOrderStatus: [cancel, { alive: 200, expired: 404, deleted: 404 }],
  openAccount: [
    ({ user: { userId } }, caller) =>
      api.openAccount({ path: { userId }, body: { accountId: newId('new'), currency: 'EUR' }, caller }),
    { alive: 201, expired: 404, deleted: 404 },
  ],
  transferFunds: [transfer, { alive: 200, expired: 404, deleted: 404 }],
};

/** What a token still reads. */
const READS: Readonly<Record<string, readonly [Call, Readonly<Record<State, number>>]>> = {
  getUser: [
    ({ user: { userId } }, caller) => api.getUser({ path: { userId }, caller }),
    { alive: 200, expired: 404, deleted: 404 },
  ],
  listOrders: [
    ({ user: { userId } }, caller) => api.listOrders({ path: { userId }, caller }),
    { alive: 200, expired: 200, deleted: 200 },
  ],
  listLargestOrders: [
    ({ user: { userId } }, caller) => api.listLargestOrders({ path: { userId }, caller }),
    { alive: 200, expired: 200, deleted: 200 },
  ],
  getOrder: [
    (owner, caller) => api.getOrder({ path: orderPath(owner), caller }),
    { alive: 200, expired: 200, deleted: 200 },
  ],
  getAccount: [
    (owner, caller) => api.getAccount({ path: accountPath(owner), caller }),
    { alive: 200, expired: 200, deleted: 200 },
  ],
  listLedger: [
    (owner, caller) => api.listLedger({ path: accountPath(owner), caller }),
    { alive: 200, expired: 200, deleted: 200 },
  ],
};

const ofOwners = (isRead: boolean): readonly string[] =>
  operations
    .filter(({ access, method }) => access === 'owner' && (method === 'GET') === isRead)
    .map(({ id }) => id);

const casesOf = (table: typeof WRITES) =>
  Object.entries(table).flatMap(([id, [call, statuses]]) =>
    STATES.map((state) => [id, state, statuses[state], call] as const),
  );

describe("a user's own token", () => {
  it('is tried with every operation on its own path', () => {
    expect(Object.keys(WRITES).toSorted()).toEqual(ofOwners(false).toSorted());
    expect(Object.keys(READS).toSorted()).toEqual(ofOwners(true).toSorted());
  });

  it.each([...casesOf(WRITES), ...casesOf(READS)])(
    '%s of a user who is %s gets %i',
    async (_, state, status, call) => {
      const owner = await anOwner(state);
      const answer = await call(owner, { sub: owner.user.userId });
      expect(answer.status).toBe(status);
      if (status === 404) expect(problemIn(answer).detail).toContain('There is no such user.');
    },
  );
});

describe("the staff's token", () => {
  const staff = { sub: 'grace', scope: 'orders:write accounts:write' };

  it.each(
    STATES.flatMap((state) => [
      ['moves the money', state, transfer] as const,
      ['cancels the order', state, cancel] as const,
    ]),
  )('%s of a user who is %s', async (_, state, call) => {
    expect((await call(await anOwner(state), staff)).status).toBe(200);
  });
});

describe('a user who is deleted while they write', () => {
  it.each<[string, Call]>([
    ['moves no money', transfer],
    ['cancels no order', cancel],
    ['verifies no address', confirmEmail],
  ])('%s', async (_, call) => {
    const owner = await anOwner('alive');
    client.interruptNext(async (send) => {
      await api.deleteUser({ path: { userId: owner.user.userId } });
      return send();
    });
    expect((await call(owner, { sub: owner.user.userId })).status).toBe(404);
    expect(await table.get(owner.account)).toMatchObject({ balance: 1_000 });
    expect(await table.get(owner.order)).toMatchObject({ status: owner.order.status });
    expect(await mailbox.get(verifiedAddressKey(owner.user.userId))).toBeUndefined();
  });
});
