import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AccountItem, accountKey } from '../../../contracts/entities/account.ts';
import { AccountId } from '../../../contracts/ids.ts';
import { MINOR_UNITS_MAX } from '../../../contracts/money.ts';
import { accountItem, userItem } from '../../builders/values/items.ts';
import { accountIn, newId, problemIn, startWriteApi, type WriteApi } from './write-api.ts';

let api: WriteApi;
let userId: string;
let accountId: string;
beforeAll(async () => {
  api = await startWriteApi();
});
beforeEach(async () => {
  userId = newId('user');
  accountId = newId('account');
  await api.put(userItem({ userId }));
});

describe('POST /users/{userId}/accounts', () => {
  const open = (overrides: object = {}, request: object = {}) =>
    api.openAccount({ path: { userId }, body: { accountId, currency: 'EUR', ...overrides }, ...request });
  const stored = async () => AccountItem.parse(await api.read(accountKey(AccountId.parse(accountId))));

  it('answers 201 with the account, which holds nothing, and where it is', async () => {
    const answer = await open();
    expect(answer).toMatchObject({
      status: 201,
      headers: { location: `/users/${userId}/accounts/${accountId}` },
    });
    expect(accountIn(answer)).toMatchObject({ ownerId: userId, balance: 0, openingBalance: 0 });
    expect(await stored()).toMatchObject(accountIn(answer));
  });

  it('opens an account with money on it for the staff', async () => {
    expect(accountIn(await open({ openingBalance: 500 }))).toMatchObject({
      balance: 500,
      openingBalance: 500,
    });
  });

  it('lets a user open an account for themselves, but not make money', async () => {
    const caller = { caller: { sub: userId } };
    expect(problemIn(await open({ openingBalance: 1 }, caller)).status).toBe(403);
    expect((await open({ openingBalance: 0 }, caller)).status).toBe(201);
  });

  it('answers 403 to another user', async () => {
    expect(problemIn(await open({}, { caller: { sub: newId('user') } })).status).toBe(403);
  });

  it('answers 404 for an unknown user', async () => {
    expect(problemIn(await open({}, { path: { userId: newId('user') } }))).toMatchObject({
      status: 404,
      code: 'not-found',
    });
  });

  it('answers 404 for a user whose time is up, though DynamoDB has not removed them yet', async () => {
    await api.put(userItem({ userId, ttl: Math.floor(Date.now() / 1_000) - 1 }));
    expect(problemIn(await open()).status).toBe(404);
    await api.put(userItem({ userId, ttl: Math.floor(Date.now() / 1_000) + 3_600 }));
    expect((await open()).status).toBe(201);
  });

  it('answers 409 for an id that is taken, also by another user, and leaves the account as it is', async () => {
    const taken = accountItem({ accountId, ownerId: newId('user') });
    await api.put(taken);
    expect(problemIn(await open())).toMatchObject({ status: 409, code: 'already-exists' });
    expect(await stored()).toEqual(taken);
  });

  it('opens one account when one request comes twice with its key', async () => {
    const keyed = { headers: { 'idempotency-key': newId('key') } };
    const [first, second] = [await open({}, keyed), await open({}, keyed)];
    expect(second).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
  });

  it.each([
    ['/accountId', { accountId: '#' }],
    ['/currency', { currency: 'euro' }],
    ['/openingBalance', { openingBalance: -1 }],
    ['/openingBalance', { openingBalance: 0.5 }],
    ['/openingBalance', { openingBalance: MINOR_UNITS_MAX + 1 }],
    ['/balance', { balance: 1 }],
  ])('answers 400 naming %s', async (field, overrides) => {
    expect(problemIn(await open(overrides))).toMatchObject({ status: 400, errors: [{ in: 'body', field }] });
  });
});

describe('GET /users/{userId}/accounts/{accountId}', () => {
  const get = () => api.getAccount({ path: { userId, accountId } });

  it('answers 200 with the account and its version', async () => {
    const account = accountItem({ accountId, ownerId: userId, openingBalance: 700 });
    await api.put(account);
    const answer = await get();
    expect(answer).toMatchObject({ status: 200, headers: { etag: `"${account.version}"` } });
    expect(account).toMatchObject(accountIn(answer));
    expect(answer.body).not.toHaveProperty('pk');
  });

  it('answers 404 when there is no such account', async () => {
    expect(problemIn(await get())).toMatchObject({ status: 404, code: 'not-found' });
  });

  it("answers 404 when it is another user's, as if there were none", async () => {
    const absent = problemIn(await get());
    await api.put(accountItem({ accountId, ownerId: newId('user') }));
    expect(problemIn(await get())).toEqual(absent);
  });

  it('answers 403 to another user', async () => {
    const answer = await api.getAccount({ path: { userId, accountId }, caller: { sub: newId('user') } });
    expect(problemIn(answer).status).toBe(403);
  });
});
