import { AccountItem } from '../../contracts/items/account.ts';
import type { ConditionsFailedError } from '../core/commit.ts';
import { LostRaceError } from '../core/lost-race.ts';
import { parseItem } from '../core/read-item.ts';
import { NotFoundError } from '../core/request-errors.ts';
import {
  BalanceLimitError,
  CurrencyMismatchError,
  DestinationNotFoundError,
  InsufficientBalanceError,
} from './errors.ts';
import { CREDIT, DEBIT, type Transfer } from './transfer-writes.ts';

/**
 * Says why DynamoDB cancelled a transfer, from the accounts as its conditions found them: no account comes first, then what
 * the accounts do not allow, then what deciding anew may mend.
 *
 * @throws ContractViolationError when an account breaks its contract.
 */
export function transferRefusal(failure: ConditionsFailedError, transfer: Transfer): Error {
  const { failedActions } = failure;
  const source = accountFoundBy(failure, DEBIT);
  const destination = accountFoundBy(failure, CREDIT);
  if (failedActions.has(DEBIT) && source === undefined) return new NotFoundError('account');
  if (failedActions.has(CREDIT)) {
    if (destination === undefined) return new DestinationNotFoundError();
    if (destination.currency !== transfer.source.currency) return new CurrencyMismatchError();
  }
  if (source !== undefined && source.balance < transfer.amount) return new InsufficientBalanceError();
  if (destination !== undefined) return new BalanceLimitError();
  return new LostRaceError('The source changed while money was transferred', { cause: failure });
}

function accountFoundBy(failure: ConditionsFailedError, action: number): AccountItem | undefined {
  const item = failure.itemFoundBy(action);
  return item === undefined ? undefined : parseItem(AccountItem, item);
}
