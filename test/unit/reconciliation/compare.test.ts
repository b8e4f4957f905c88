import { describe, expect, it } from 'vitest';
import { compareStock } from '../../../pipelines/reconciliation/check-stock.ts';
import { compareIndex } from '../../../pipelines/reconciliation/compare-index.ts';
import {
  compareBalances,
  compareTransfers,
  LedgerSums,
} from '../../../pipelines/reconciliation/compare-ledger.ts';
import { compareSets } from '../../../pipelines/reconciliation/findings.ts';
import {
  type DocumentContent,
  documentContent,
  documentState,
} from '../../../pipelines/reconciliation/read-index.ts';
import { documentOf } from '../../../pipelines/search/documents.ts';
import { hashEmail } from '../../builders/email-hash.ts';
import {
  accountItem,
  ledgerEntryItem,
  orderItem,
  productItem,
  reservationItem,
} from '../../builders/values/items.ts';

describe('compareIndex', () => {
  const a = (version: number, content: DocumentContent = version) => new Map([['a', { version, content }]]);

  it('finds nothing when every item is there at its version', () => {
    expect(compareIndex('orders', a(1), a(1))).toEqual([]);
  });

  it('finds nothing when a document of an older version holds what the item has', () => {
    expect(compareIndex('products', a(2, 'chair'), a(1, 'chair'))).toEqual([]);
  });

  it.each([
    ['missing', a(1), new Map(), 'is missing in the index'],
    ['stale', a(2), a(1), 'has version 1 in the index and 2 in the table'],
    ['extra', new Map(), a(1), 'is in the index and not in the table'],
    ['newer', a(1, 'chair'), a(2, 'chair'), 'has version 2 in the index and 1 in the table'],
    ['different', a(1, 'chair'), a(1, 'table'), 'has other contents in the index than in the table'],
  ])('names a document that is %s', (_what, table, index, detail) => {
    expect(compareIndex('orders', table, index)).toEqual([{ check: 'orders', id: 'a', detail }]);
  });
});

describe('what a document holds', () => {
  const product = productItem({ stock: 3 });
  const source = { ...documentOf(product, hashEmail)?.source };
  const contentOf = (changed: object) => documentContent('products', 1, { ...source, ...changed });

  it('is of a product what its item must have, at any version', () => {
    expect(documentState(product)).toEqual({ version: product.version, content: contentOf({}) });
  });

  it.each([{ name: 'Elm chair' }, { inStock: false }, { subCategory: 'Chairs' }])(
    'differs where a field does: %j',
    (changed) => {
      expect(contentOf(changed)).not.toBe(contentOf({}));
    },
  );

  it('is the same in the form that had the stock itself', () => {
    const { inStock: _, ...old } = { ...source, inStock: undefined, reserved: 2, version: 1 };
    expect(documentContent('products', 1, { ...old, stock: 3 })).toBe(contentOf({}));
    expect(documentContent('products', 1, { ...old, stock: 0 })).toBe(contentOf({ inStock: false }));
  });

  it('is of an order and of a user its version', () => {
    expect(documentState(orderItem({ version: 7 }))).toEqual({ version: 7, content: 7 });
    expect(documentContent('orders', 7)).toBe(7);
  });
});

describe('compareStock', () => {
  const twoHeld = reservationItem({ lines: [{ sku: 'SKU-1', quantity: 2 }] });

  it('finds nothing when stock and reservations add up to what was received', () => {
    expect(compareStock([productItem({ stock: 8, reserved: 2, received: 10 })], [twoHeld])).toEqual([]);
  });

  it('counts reservations that are RESERVED alone', () => {
    const released = reservationItem({ state: 'RELEASED' });
    expect(compareStock([productItem({ stock: 10, reserved: 0, received: 10 })], [released])).toEqual([]);
  });

  it('names a sku whose pieces do not add up', () => {
    expect(compareStock([productItem({ stock: 9, reserved: 2, received: 10 })], [twoHeld])).toEqual([
      { check: 'stock', id: 'SKU-1', detail: 'stock 9 + reserved 2 is not received 10' },
    ]);
  });

  it('names a sku that reserves another number than its reservations hold', () => {
    expect(compareStock([productItem({ stock: 7, reserved: 3, received: 10 })], [twoHeld])).toEqual([
      { check: 'stock', id: 'SKU-1', detail: 'reserved is 3 and the reservations hold 2' },
    ]);
  });

  it('names a sku that is reserved and does not exist', () => {
    expect(compareStock([], [twoHeld])).toEqual([
      { check: 'stock', id: 'SKU-1', detail: '2 reserved of an unknown sku' },
    ]);
  });
});

describe('compareSets', () => {
  it('names what did not come and what was not expected', () => {
    expect(compareSets('events', new Set(['a', 'b']), new Set(['b', 'c']))).toEqual([
      { check: 'events', id: 'a', detail: 'did not come' },
      { check: 'events', id: 'c', detail: 'came and was not expected' },
    ]);
  });
});

describe('the ledger', () => {
  const sumsOf = (...entries: Parameters<typeof ledgerEntryItem>[0][]): LedgerSums => {
    const sums = new LedgerSums();
    for (const entry of entries) sums.add(ledgerEntryItem(entry));
    return sums;
  };
  const credit = { accountId: 'a-1', counterparty: 'a-2', amount: 5 };
  const debit = { accountId: 'a-2', counterparty: 'a-1', amount: -5 };
  const accounts = [
    accountItem({ accountId: 'a-1', openingBalance: 0, balance: 5 }),
    accountItem({ accountId: 'a-2', openingBalance: 10, balance: 5 }),
  ];

  it('agrees with balances that opening balances and entries sum to', () => {
    const sums = sumsOf(credit, debit);
    expect([...compareBalances(accounts, sums.byAccount), ...compareTransfers(sums.openTransfers)]).toEqual(
      [],
    );
  });

  it('keeps no transfer whose two sides it has seen', () => {
    expect(sumsOf(credit, debit).openTransfers.size).toBe(0);
  });

  it('names an account with another balance, and entries of none', () => {
    const sums = sumsOf(credit, debit, { ...debit, accountId: 'a-3' });
    expect(
      compareBalances(
        accounts.slice(0, 1).map((one) => ({ ...one, balance: one.openingBalance })),
        sums.byAccount,
      ),
    ).toEqual([
      { check: 'ledger', id: 'a-1', detail: 'the balance is 0, and opening balance and entries sum to 5' },
      { check: 'ledger', id: 'a-2', detail: 'has entries and no account' },
      { check: 'ledger', id: 'a-3', detail: 'has entries and no account' },
    ]);
  });

  it.each([
    ['of one side', [credit], 'has 1 entries, which sum to 5'],
    ['of sides that do not cancel out', [credit, { ...debit, amount: -4 }], 'has 2 entries, which sum to 1'],
    ['between other accounts', [credit, { ...debit, counterparty: 'a-3' }], 'has 2 entries, which sum to 0'],
    ['in two currencies', [credit, { ...debit, currency: 'USD' }], 'has 2 entries, which sum to 0'],
  ])('names a transfer %s', (_, entries, detail) => {
    expect(compareTransfers(sumsOf(...entries).openTransfers)).toMatchObject([{ check: 'ledger', detail }]);
  });
});
