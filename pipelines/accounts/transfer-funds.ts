import { type TransferFundsBody, TransferView } from '../../contracts/api/accounts.ts';
import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import type { RequestedBy } from '../../contracts/entities/requested-by.ts';
import type { TransactionId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { instantOf } from '../clock.ts';
import {
  type PreparedWrite,
  type WriteOnceDeps,
  type WriteOnceResult,
  writeOnce,
} from '../dynamodb/write-once.ts';
import { InvalidRequestError, NotFoundError } from '../request-errors.ts';
import { checkUser } from '../users/check-user.ts';
import { type AccountAddress, readAccount } from './open-account.ts';
import { InsufficientBalanceError, transferRefusal, transferWrites } from './transfer-writes.ts';

export interface TransferFundsDeps extends WriteOnceDeps {
  readonly tableName: string;
  /** A ULID of this time. */
  readonly newTransactionId: (at: Date) => TransactionId;
}

/** From which account, how much, and to which. The key is required: money that is sent twice is difficult to recover. */
export interface TransferFundsCommand extends AccountAddress {
  readonly body: TransferFundsBody;
  readonly idempotencyKey: IdempotencyKey;
  readonly requestedBy: RequestedBy;
  /** Whether the user transfers, who must exist, and not the staff, who settle the accounts of a deleted user too. */
  readonly byOwner: boolean;
}

/**
 * Moves money from a user's account to another account, in one transaction with both ledger entries and the stored
 * request. A refused transfer moves nothing and may be requested again with the same key.
 *
 * @returns the transfer, with the new balance of the source: the debit is made only where the source still is as it
 * was read.
 * @throws InvalidRequestError for a transfer to the same account; NotFoundError where the user has no such account, or transfers and is deleted or expired;
 * DestinationNotFoundError; InsufficientBalanceError; CurrencyMismatchError; BalanceLimitError; OptimisticLockError when every
 * attempt had a conflict; IdempotencyKeyReusedError.
 */
export async function transferFunds(
  deps: TransferFundsDeps,
  { userId, accountId, body, idempotencyKey: key, byOwner, requestedBy }: TransferFundsCommand,
): Promise<WriteOnceResult<TransferView>> {
  if (body.to === accountId) {
    const fields = [{ in: 'body' as const, field: '/to', message: 'must be another account' }];
    throw new InvalidRequestError('The transfer has the same source and destination.', fields);
  }
  return writeOnce(deps, {
    // With the user, whose account it must be: a stored response is returned without a read of the account.
    request: {
      caller: requestedBy.subject,
      operation: 'transfer-funds',
      resource: `${userId}/${accountId}`,
      key,
      body,
    },
    responseSchema: TransferView,
    prepare: () => prepareTransfer(deps, { userId, accountId, byOwner, requestedBy }, body),
  });
}

async function prepareTransfer(
  deps: TransferFundsDeps,
  { byOwner, requestedBy, ...address }: Omit<TransferFundsCommand, 'body' | 'idempotencyKey'>,
  { to, amount }: TransferFundsBody,
): Promise<PreparedWrite<TransferView>> {
  const source = await readAccount(deps, address);
  if (source.balance < amount) throw new InsufficientBalanceError();
  const at = deps.clock.now();
  const transactionId = deps.newTransactionId(at);
  const createdAt = instantOf(at);
  const version = deps.clock.firstVersion();
  const transfer = { transactionId, source, to, amount, createdAt, version, requestedBy };
  const writes = transferWrites(deps.tableName, transfer);
  return {
    writes: byOwner ? [...writes, checkUser(deps.tableName, address.userId, at)] : writes,
    response: parse(TransferView, {
      transactionId,
      from: source.accountId,
      to,
      amount,
      currency: source.currency,
      createdAt,
      balance: source.balance - amount,
    }),
    refusal: (failure) =>
      failure.failedActions.has(writes.length)
        ? new NotFoundError('user')
        : transferRefusal(failure, transfer),
    decisionId: transactionId,
  };
}
