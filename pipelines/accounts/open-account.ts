import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { AccountView, type OpenAccountBody } from '../../contracts/api/accounts.ts';
import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import { AccountItem, accountKey } from '../../contracts/entities/account.ts';
import type { RequestedBy } from '../../contracts/entities/requested-by.ts';
import type { AccountId, UserId } from '../../contracts/ids.ts';
import { accountsKey } from '../../contracts/limits.ts';
import { MinorUnits } from '../../contracts/money.ts';
import { parse } from '../../contracts/reading.ts';
import { type SettingsOf, wholeNumber } from '../../contracts/settings.ts';
import { instantOf } from '../clock.ts';
import { putNew } from '../dynamodb/commit.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { type WriteOnceDeps, type WriteOnceResult, writeOnce } from '../dynamodb/write-once.ts';
import { countId } from '../limits/counted-ids.ts';
import { AlreadyExistsError, ConflictError, NotFoundError } from '../request-errors.ts';
import { checkUser } from '../users/check-user.ts';

/** The user has as many accounts as a user may open. */
export class TooManyAccountsError extends ConflictError {
  readonly code = 'too-many-accounts';
  readonly remedy = 'Use one of your accounts, or ask the staff to open another.';

  constructor(max: number) {
    super(`A user opens at most ${max} accounts.`);
  }
}

export const openAccountSettings = {
  /** The most accounts that a user opens; 0 for any number. */
  accountsMax: () => wholeNumber(0),
};

export interface OpenAccountDeps extends WriteOnceDeps, SettingsOf<typeof openAccountSettings> {
  readonly tableName: string;
}

export interface OpenAccountCommand {
  readonly userId: UserId;
  readonly body: OpenAccountBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
  readonly requestedBy: RequestedBy;
  /** Whether the user opens it, whose accounts are limited. */
  readonly byOwner: boolean;
}

/** The places of the user's check and of the account among the writes; the count comes after them. */
const USER_CHECK = 0;
const ACCOUNT_ACTION = 1;
const NOTHING = parse(MinorUnits, 0);

/**
 * Opens an account for a user, with nothing on it unless an opening balance is given. An opening balance has no source account, so the
 * caller checks who may set it.
 *
 * @throws NotFoundError for an unknown user; AlreadyExistsError where an account with this id exists, of any owner;
 * TooManyAccountsError; IdempotencyKeyReusedError.
 */
export function openAccount(
  deps: OpenAccountDeps,
  { userId, body, idempotencyKey: key, byOwner, requestedBy }: OpenAccountCommand,
): Promise<WriteOnceResult<AccountView>> {
  const { tableName, idempotencyTableName, accountsMax: max } = deps;
  const { accountId, currency, openingBalance = NOTHING } = body;
  const now = deps.clock.now();
  const createdAt = instantOf(now);
  const account: AccountItem = {
    ...accountKey(accountId),
    entityType: 'Account',
    accountId,
    ownerId: userId,
    balance: openingBalance,
    openingBalance,
    currency,
    requestedBy,
    createdAt,
    updatedAt: createdAt,
    version: deps.clock.firstVersion(),
  };
  const count =
    byOwner && max > 0
      ? [countId({ tableName: idempotencyTableName, key: accountsKey(userId), counted: accountId, max })]
      : [];
  return writeOnce(deps, {
    request: key && { caller: requestedBy.subject, operation: 'open-account', resource: userId, key, body },
    responseSchema: AccountView,
    prepare: async () => ({
      writes: [checkUser(tableName, userId, now), putNew(tableName, account), ...count],
      response: parse(AccountView, account),
      refusal: ({ failedActions }) => {
        if (failedActions.has(USER_CHECK)) return new NotFoundError('user');
        return failedActions.has(ACCOUNT_ACTION)
          ? new AlreadyExistsError('account')
          : new TooManyAccountsError(max);
      },
    }),
  });
}

export interface ReadAccountDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
}

/** Which account, and whose it must be. */
export interface AccountAddress {
  readonly userId: UserId;
  readonly accountId: AccountId;
}

/**
 * Reads a user's account with strong consistency.
 *
 * @throws NotFoundError where there is none, and where it is another user's: the two are not distinguished.
 */
export async function readAccount(
  { dynamoDb, tableName }: ReadAccountDeps,
  { userId, accountId }: AccountAddress,
): Promise<AccountItem> {
  const account = await readItem(dynamoDb, { tableName, key: accountKey(accountId), schema: AccountItem });
  if (account?.ownerId !== userId) throw new NotFoundError('account');
  return account;
}
