import fc from 'fast-check';
import pLimit from 'p-limit';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AccountItem } from '../../../contracts/entities/account.ts';
import type { LedgerEntryItem } from '../../../contracts/entities/ledger-entry.ts';
import { accountItem } from '../../builders/values/items.ts';
import { TestTable } from '../parts/table-items.ts';
import { type Answer, newId, startWriteApi, transferIn, type WriteApi } from './write-api.ts';

const PROPERTY_RUNS = 10;
const ACCOUNTS = 3;
const AT_ONCE_MAX = 8;
/** About half of the transfers ask for more than there is. */
const OPENING_BALANCE = 100;

const transfers = fc.array(
  fc.record({
    from: fc.nat(ACCOUNTS - 1),
    /** How far behind the source, around the ring of accounts, the destination is. */
    step: fc.integer({ min: 1, max: ACCOUNTS - 1 }),
    amount: fc.integer({ min: 1, max: 2 * OPENING_BALANCE }),
    /** How often the request is sent. */
    times: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 12 },
);

describe('transfers among a few accounts, at once, some of them more than once', () => {
  let api: WriteApi;
  let table: TestTable;
  beforeAll(async () => {
    api = await startWriteApi();
    table = new TestTable(api.deps.dynamoDb, api.deps.tableName);
  });

  async function givenAccounts(): Promise<readonly AccountItem[]> {
    const ownerId = newId('user');
    const accounts = Array.from({ length: ACCOUNTS }, () =>
      accountItem({ accountId: newId('account'), ownerId, openingBalance: OPENING_BALANCE }),
    );
    await table.put(...accounts);
    return accounts;
  }

  async function state(accounts: readonly AccountItem[]) {
    const ids = new Set(accounts.map(({ accountId }) => accountId));
    const items = await table.all();
    return {
      accounts: items
        .filter((item) => item.entityType === 'Account')
        .filter(({ accountId }) => ids.has(accountId)),
      entries: items
        .filter((item) => item.entityType === 'LedgerEntry')
        .filter(({ accountId }) => ids.has(accountId)),
    };
  }

  it('never change the sum of the balances, keep each balance what its ledger says, and move once a key', async () => {
    await fc.assert(
      fc.asyncProperty(transfers, async (asked) => {
        const given = await givenAccounts();
        const limit = pLimit(AT_ONCE_MAX);
        const account = (place: number) => given[place % ACCOUNTS] ?? expect.fail('no such account');
        const send = ({ from, step, amount }: (typeof asked)[number], key: string): Promise<Answer> =>
          api.transferFunds({
            path: { userId: account(from).ownerId, accountId: account(from).accountId },
            headers: { 'idempotency-key': key },
            body: { to: account(from + step).accountId, amount },
          });
        const answers = await Promise.all(
          asked.map(async (one) => {
            const key = newId('key');
            return Promise.all(Array.from({ length: one.times }, () => limit(() => send(one, key))));
          }),
        );

        const { accounts, entries } = await state(given);
        expect(sum(accounts.map(({ balance }) => balance))).toBe(ACCOUNTS * OPENING_BALANCE);
        for (const { accountId, openingBalance, balance } of accounts) {
          const own = entries.filter((entry) => entry.accountId === accountId);
          expect(balance).toBe(openingBalance + sum(own.map(({ amount }) => amount)));
        }
        const byTransfer = Map.groupBy(entries, ({ transactionId }) => transactionId);
        expect([...byTransfer.values()].filter((pair) => !isPair(pair))).toEqual([]);
        // All that were made with one key are one transfer; what was refused or given up left none.
        const made = answers.map(
          (same) => new Set(same.filter(isMade).map((one) => transferIn(one).transactionId)),
        );
        expect(made.filter(({ size }) => size > 1)).toEqual([]);
        expect(new Set(made.flatMap((ids) => [...ids]))).toEqual(new Set(byTransfer.keys()));
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });
});

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
const isMade = ({ status }: Answer): boolean => status === 200;
const isPair = (entries: readonly LedgerEntryItem[]): boolean =>
  entries.length === 2 && sum(entries.map(({ amount }) => amount)) === 0;
