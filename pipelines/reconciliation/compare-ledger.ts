import type { AccountItem } from '../../contracts/entities/account.ts';
import type { LedgerEntryItem } from '../../contracts/entities/ledger-entry.ts';
import type { AccountId, TransactionId } from '../../contracts/ids.ts';
import type { Difference } from './findings.ts';

const CHECK = 'ledger';

/** The parts of an account that the ledger check uses. */
export type AccountFigures = Pick<AccountItem, 'accountId' | 'balance' | 'openingBalance'>;

/**
 * The sums of ledger entries: by account, and by transfer as long as its two sides do not cancel out. Where each account's
 * opening balance and entries sum to its balance and no transfer is open, all balances sum to all opening balances: no
 * money was lost or made up.
 */
export class LedgerSums {
  readonly byAccount = new Map<AccountId, number>();
  /** The transfers of which one side is missing, or is not what the other one is. */
  readonly openTransfers = new Map<TransactionId, readonly LedgerEntryItem[]>();

  /** Counts an entry in. */
  add(entry: LedgerEntryItem): void {
    this.byAccount.set(entry.accountId, (this.byAccount.get(entry.accountId) ?? 0) + entry.amount);
    const sides = [...(this.openTransfers.get(entry.transactionId) ?? []), entry];
    if (areTwoSides(sides)) this.openTransfers.delete(entry.transactionId);
    else this.openTransfers.set(entry.transactionId, sides);
  }
}

/** Names each account whose opening balance and entries do not sum to its balance. */
export function compareBalances(
  accounts: Iterable<AccountFigures>,
  sums: LedgerSums['byAccount'],
): readonly Difference[] {
  const unmatched = new Map(sums);
  const differences: Difference[] = [];
  for (const { accountId, balance, openingBalance } of accounts) {
    const should = openingBalance + (unmatched.get(accountId) ?? 0);
    unmatched.delete(accountId);
    if (balance !== should) {
      const detail = `the balance is ${balance}, and opening balance and entries sum to ${should}`;
      differences.push({ check: CHECK, id: accountId, detail });
    }
  }
  for (const accountId of unmatched.keys())
    differences.push({ check: CHECK, id: accountId, detail: 'has entries and no account' });
  return differences;
}

/** Names each transfer that is not two entries which cancel out. */
export function compareTransfers(open: LedgerSums['openTransfers']): readonly Difference[] {
  return [...open].map(([id, sides]) => ({
    check: CHECK,
    id,
    detail: `has ${sides.length} entries, which sum to ${sides.reduce((sum, { amount }) => sum + amount, 0)}`,
  }));
}

function areTwoSides(sides: readonly LedgerEntryItem[]): boolean {
  const [one, other] = sides;
  return (
    sides.length === 2 &&
    one !== undefined &&
    other !== undefined &&
    one.accountId === other.counterparty &&
    other.accountId === one.counterparty &&
    one.currency === other.currency &&
    one.amount + other.amount === 0
  );
}
