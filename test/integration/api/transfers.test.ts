import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { AccountItem } from '../../../contracts/entities/account.ts';
import { MINOR_UNITS_MAX } from '../../../contracts/money.ts';
import { accountItem } from '../../builders/values/items.ts';
import { TestTable } from '../parts/table-items.ts';
import { newId, problemIn, startWriteApi, transferIn, type WriteApi } from './write-api.ts';

let api: WriteApi;
let table: TestTable;
beforeAll(async () => {
  api = await startWriteApi();
  table = new TestTable(api.deps.dynamoDb, api.deps.tableName);
});

let source: AccountItem;
let destination: AccountItem;
beforeEach(async () => {
  source = accountItem({ accountId: newId('source'), ownerId: newId('user'), openingBalance: 1_000 });
  destination = accountItem({ accountId: newId('destination'), ownerId: newId('user'), openingBalance: 50 });
  await table.put(source, destination);
});

interface Transfer {
  readonly userId?: string;
  readonly from?: string;
  readonly to?: string;
  readonly amount?: unknown;
  readonly key?: string;
}

function transfer({ userId, from, to, amount = 300, key = newId('key') }: Transfer = {}) {
  return api.transferFunds({
    path: { userId: userId ?? source.ownerId, accountId: from ?? source.accountId },
    headers: { 'idempotency-key': key },
    body: { to: to ?? destination.accountId, amount },
  });
}

const stored = async (account: AccountItem) => AccountItem.parse(await table.get(account));
const balances = async () => [(await stored(source)).balance, (await stored(destination)).balance];

async function entriesOf({ accountId }: AccountItem) {
  const items = await table.all();
  return items.filter((item) => item.entityType === 'LedgerEntry' && item.accountId === accountId);
}

/** Changes an account as another writer would. */
const rewrite = (account: AccountItem, overrides: Partial<z.input<typeof AccountItem>>) =>
  table.put(accountItem({ ...account, version: account.version + 1, ...overrides }));

describe('POST /users/{userId}/accounts/{accountId}/transfers', () => {
  it('answers 200 with the transfer and what it left on the source', async () => {
    const answer = await transfer({ amount: 300 });
    expect(answer.status).toBe(200);
    expect(transferIn(answer)).toMatchObject({
      from: source.accountId,
      to: destination.accountId,
      amount: 300,
      currency: 'EUR',
      balance: 700,
    });
  });

  it('moves the amount, and counts up both versions', async () => {
    await transfer({ amount: 300 });
    expect(await stored(source)).toMatchObject({ balance: 700, version: source.version + 1 });
    expect(await stored(destination)).toMatchObject({ balance: 350, version: destination.version + 1 });
  });

  it('writes one entry to the ledger of each account, which sum to zero', async () => {
    const { transactionId, createdAt } = transferIn(await transfer({ amount: 300 }));
    const both = { transactionId, createdAt, currency: 'EUR' };
    expect(await entriesOf(source)).toMatchObject([
      { ...both, counterparty: destination.accountId, amount: -300 },
    ]);
    expect(await entriesOf(destination)).toMatchObject([
      { ...both, counterparty: source.accountId, amount: 300 },
    ]);
  });

  it('may take all that there is', async () => {
    expect(transferIn(await transfer({ amount: 1_000 })).balance).toBe(0);
  });

  it('answers 409 when the balance is less than the amount, and moves nothing', async () => {
    expect(problemIn(await transfer({ amount: 1_001 }))).toMatchObject({
      status: 409,
      code: 'insufficient-balance',
    });
    expect(await balances()).toEqual([1_000, 50]);
    expect(await entriesOf(destination)).toEqual([]);
  });

  it('answers 404 for an unknown source', async () => {
    const answer = await transfer({ from: newId('account') });
    expect(problemIn(answer)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await balances()).toEqual([1_000, 50]);
  });

  it("answers 404 for another user's source, and moves nothing", async () => {
    const answer = await transfer({ userId: destination.ownerId });
    expect(problemIn(answer)).toMatchObject({ status: 404, code: 'not-found' });
    expect(await balances()).toEqual([1_000, 50]);
  });

  it('answers 404 for an unknown destination, told apart by its code, and moves nothing', async () => {
    const answer = await transfer({ to: newId('account') });
    expect(problemIn(answer)).toMatchObject({ status: 404, code: 'destination-not-found' });
    expect(await balances()).toEqual([1_000, 50]);
    expect(await entriesOf(source)).toEqual([]);
  });

  it('answers 409 for a destination of another currency, and moves nothing', async () => {
    await rewrite(destination, { currency: 'USD' });
    expect(problemIn(await transfer())).toMatchObject({ status: 409, code: 'currency-mismatch' });
    expect(await balances()).toEqual([1_000, 50]);
  });

  it('fills the destination up to the most that an account may hold, and answers 409 beyond it', async () => {
    await rewrite(destination, { balance: MINOR_UNITS_MAX - 100 });
    expect(problemIn(await transfer({ amount: 101 }))).toMatchObject({ status: 409, code: 'balance-limit' });
    expect((await transfer({ amount: 100 })).status).toBe(200);
    expect(await balances()).toEqual([900, MINOR_UNITS_MAX]);
  });

  it('answers 400 for a transfer to the same account', async () => {
    const problem = problemIn(await transfer({ to: source.accountId }));
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'body', field: '/to' }] });
  });

  it.each([0, -1, 0.5, MINOR_UNITS_MAX + 1, '300', null])('answers 400 for the amount %j', async (amount) => {
    const problem = problemIn(await transfer({ amount }));
    expect(problem).toMatchObject({ status: 400, errors: [{ in: 'body', field: '/amount' }] });
  });

  it('answers 400 naming the header when there is no key', async () => {
    const path = { userId: source.ownerId, accountId: source.accountId };
    const answer = await api.transferFunds({ path, body: { to: destination.accountId, amount: 1 } });
    expect(problemIn(answer)).toMatchObject({
      status: 400,
      errors: [{ in: 'header', field: 'Idempotency-Key' }],
    });
    expect(await balances()).toEqual([1_000, 50]);
  });

  it('answers 403 to another user', async () => {
    const answer = await api.transferFunds({
      path: { userId: source.ownerId, accountId: source.accountId },
      headers: { 'idempotency-key': newId('key') },
      body: { to: destination.accountId, amount: 1 },
      caller: { sub: destination.ownerId },
    });
    expect(problemIn(answer).status).toBe(403);
  });

  it('logs no balance when it refuses', async () => {
    await rewrite(destination, { currency: 'USD', balance: 987_654 });
    await transfer();
    expect(api.logger.info).toHaveBeenCalled();
    expect(JSON.stringify(api.logger.info.mock.calls)).not.toMatch(/987654|987_654/);
  });
});

describe('a transfer that comes again with its key', () => {
  it('gets the first answer, marked, and moves nothing more', async () => {
    const key = newId('key');
    const [first, second] = [await transfer({ key }), await transfer({ key })];
    expect(second).toEqual({ ...first, headers: { ...first.headers, 'idempotency-replayed': 'true' } });
    expect(await balances()).toEqual([700, 350]);
  });

  it('is made once when it comes ten times at once, and all get the same answer', async () => {
    const key = newId('key');
    const answers = await Promise.all(Array.from({ length: 10 }, () => transfer({ key })));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200));
    expect(new Set(answers.map((answer) => transferIn(answer).transactionId)).size).toBe(1);
    expect(await balances()).toEqual([700, 350]);
    expect(await entriesOf(source)).toHaveLength(1);
  });

  it('is made when it was refused before and the money has come in since', async () => {
    const key = newId('key');
    expect((await transfer({ key, amount: 1_200 })).status).toBe(409);
    await transfer({
      userId: destination.ownerId,
      from: destination.accountId,
      to: source.accountId,
      amount: 50,
    });
    expect((await transfer({ key, amount: 1_200 })).status).toBe(409);
    await rewrite(await stored(source), { balance: 1_200 });
    expect(transferIn(await transfer({ key, amount: 1_200 })).balance).toBe(0);
  });

  it('is made when DynamoDB cancelled it before and its destination is there now', async () => {
    const [key, to] = [newId('key'), newId('account')];
    expect((await transfer({ key, to })).status).toBe(404);
    await table.put(accountItem({ accountId: to, openingBalance: 0 }));
    expect((await transfer({ key, to })).status).toBe(200);
  });

  it('is refused with 422 when it is another one', async () => {
    const key = newId('key');
    await transfer({ key, amount: 300 });
    expect(problemIn(await transfer({ key, amount: 301 })).status).toBe(422);
    expect(await balances()).toEqual([700, 350]);
  });

  it("is not answered from the memory of another user's", async () => {
    const key = newId('key');
    await transfer({ key });
    expect(problemIn(await transfer({ key, userId: destination.ownerId })).status).toBe(404);
  });
});

describe('transfers at once', () => {
  it('take from one account as often as its balance allows', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => transfer({ amount: 300 })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 409, 409, 409]);
    expect(await balances()).toEqual([100, 950]);
  });

  it('tell each its own balance', async () => {
    const answers = await Promise.all(Array.from({ length: 3 }, () => transfer({ amount: 100 })));
    expect(answers.map((answer) => transferIn(answer).balance).sort()).toEqual([700, 800, 900]);
  });

  it('between two accounts in both directions are all made', async () => {
    const back = { userId: destination.ownerId, from: destination.accountId, to: source.accountId };
    const answers = await Promise.all([transfer({ amount: 100 }), transfer({ ...back, amount: 50 })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await balances()).toEqual([950, 100]);
  });
});
