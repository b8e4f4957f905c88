import fc from 'fast-check';
import { ulid } from 'ulid';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LedgerPage } from '../../../contracts/api/accounts.ts';
import { accountItem, ledgerEntryItem } from '../../builders/values/items.ts';
import { newId, problemIn, startWriteApi, transferIn, type WriteApi } from './write-api.ts';

const PROPERTY_RUNS = 8;
const ENTRIES = 23;
const PAGES_MAX = 2 * ENTRIES;

let api: WriteApi;
let userId: string;
let accountId: string;
beforeAll(async () => {
  api = await startWriteApi();
});
beforeEach(async () => {
  userId = newId('user');
  accountId = newId('account');
  await api.put(accountItem({ accountId, ownerId: userId }));
});

const list = (query: Record<string, string> = {}) => api.listLedger({ path: { userId, accountId }, query });
const pageOf = async (query: Record<string, string> = {}) => LedgerPage.parse((await list(query)).body);

const idAt = (minute: number): string => ulid(1_772_366_400_000 + minute * 60_000);

async function givenEntries(): Promise<string[]> {
  const ids = Array.from({ length: ENTRIES }, (_, minute) => idAt(minute));
  await Promise.all(ids.map((transactionId) => api.put(ledgerEntryItem({ accountId, transactionId }))));
  return ids.toReversed();
}

async function allPages(limit: number): Promise<LedgerPage[]> {
  const pages = [await pageOf({ limit: String(limit) })];
  for (let last = pages.at(-1); last?.nextToken !== undefined; last = pages.at(-1)) {
    expect(pages.length).toBeLessThan(PAGES_MAX);
    pages.push(await pageOf({ limit: String(limit), nextToken: last.nextToken }));
  }
  return pages;
}

const idsIn = (pages: readonly LedgerPage[]) =>
  pages.flatMap(({ entries }) => entries.map(({ transactionId }) => transactionId));

describe('GET /users/{userId}/accounts/{accountId}/ledger', () => {
  it('answers 200 with no entries for a new account', async () => {
    expect(await list()).toMatchObject({ status: 200, body: { entries: [] } });
  });

  it('shows a transfer to both accounts, from either side', async () => {
    const to = newId('account');
    await api.put(accountItem({ accountId: to, ownerId: userId }));
    const { transactionId } = transferIn(
      await api.transferFunds({
        path: { userId, accountId },
        headers: { 'idempotency-key': newId('key') },
        body: { to, amount: 300 },
      }),
    );
    const there = LedgerPage.parse((await api.listLedger({ path: { userId, accountId: to } })).body);
    expect((await pageOf()).entries).toMatchObject([{ transactionId, counterparty: to, amount: -300 }]);
    expect(there.entries).toMatchObject([{ transactionId, counterparty: accountId, amount: 300 }]);
  });

  it.each([
    ['accounts:write', true],
    ['ops:read', true],
    ['shop', false],
  ])('says to a caller with %s who moved the money, and in which request: %s', async (scope, isSaid) => {
    const to = newId('account');
    await api.put(accountItem({ accountId: to, ownerId: newId('user') }));
    await api.transferFunds({
      path: { userId, accountId },
      headers: { 'idempotency-key': newId('key') },
      body: { to, amount: 300 },
      caller: { sub: 'grace', scope: 'accounts:write' },
    });
    const caller = { sub: scope === 'shop' ? userId : 'auditor', scope };
    const { entries } = LedgerPage.parse(
      (await api.listLedger({ path: { userId, accountId }, caller })).body,
    );
    const requestedBy = { subject: 'grace', requestId: 'gateway-request-1' };
    expect(entries.map((entry) => entry.requestedBy)).toEqual([isSaid ? requestedBy : undefined]);
  });

  it('gives each entry once, the newest first, whatever the size of the pages', async () => {
    const newestFirst = await givenEntries();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: ENTRIES + 2 }), async (limit) => {
        const pages = await allPages(limit);
        expect(idsIn(pages)).toEqual(newestFirst);
        expect(pages.every(({ entries }) => entries.length <= limit)).toBe(true);
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });

  it('keeps its place when a newer entry comes meanwhile', async () => {
    const [newest, second] = await givenEntries();
    const first = await pageOf({ limit: '1' });
    await api.put(ledgerEntryItem({ accountId, transactionId: idAt(ENTRIES) }));
    const next = await pageOf({ limit: '1', nextToken: first.nextToken ?? '' });
    expect(idsIn([first, next])).toEqual([newest, second]);
  });

  it("answers 404 for an account that is not there and for another user's", async () => {
    await api.put(accountItem({ accountId, ownerId: newId('user') }));
    expect(problemIn(await list())).toMatchObject({ status: 404, code: 'not-found' });
    accountId = newId('account');
    expect(problemIn(await list())).toMatchObject({ status: 404, code: 'not-found' });
  });

  it("answers 400 to a token of another account's ledger", async () => {
    await givenEntries();
    const { nextToken = '' } = await pageOf({ limit: '1' });
    accountId = newId('account');
    await api.put(accountItem({ accountId, ownerId: userId }));
    expect(problemIn(await list({ nextToken }))).toMatchObject({ status: 400, code: 'invalid-page-token' });
  });

  it.each([
    ['limit', { limit: '0' }],
    ['limit', { limit: '101' }],
    ['limit', { limit: 'many' }],
    ['nextToken', { nextToken: 'made-up' }],
    ['order', { order: 'oldest' }],
  ])('answers 400 naming the parameter %s', async (field, query) => {
    expect(problemIn(await list(query))).toMatchObject({ status: 400, errors: [{ in: 'query', field }] });
  });
});
