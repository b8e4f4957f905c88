import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { AccountView, type OpenAccountBody } from '../../contracts/api/accounts.ts';
import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import { AccountItem, accountKey } from '../../contracts/entities/account.ts';
import type { RequestedBy } from '../../contracts/entities/requested-by.ts';
import { userKey } from '../../contracts/entities/user.ts';
import type { AccountId, UserId } from '../../contracts/ids.ts';
import { MinorUnits } from '../../contracts/money.ts';
import { parse } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { putNew } from '../dynamodb/commit.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { type WriteOnceDeps, type WriteOnceResult, writeOnce } from '../dynamodb/write-once.ts';
import { AlreadyExistsError, NotFoundError } from '../request-errors.ts';

export interface OpenAccountDeps extends WriteOnceDeps {
  readonly tableName: string;
}

export interface OpenAccountCommand {
  readonly userId: UserId;
  readonly body: OpenAccountBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
  readonly requestedBy: RequestedBy;
}

/** The place of the user's check among the writes. */
const USER_CHECK = 0;
const NOTHING = parse(MinorUnits, 0);

/**
 * Opens an account for a user, with nothing on it unless an opening balance is given. An opening balance has no source account, so the
 * caller checks who may set it.
 *
 * @throws NotFoundError for an unknown user; AlreadyExistsError where an account with this id exists, of any owner;
 * IdempotencyKeyReusedError.
 */
export function openAccount(
  deps: OpenAccountDeps,
  { userId, body, idempotencyKey: key, requestedBy }: OpenAccountCommand,
): Promise<WriteOnceResult<AccountView>> {
  const { tableName } = deps;
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
  return writeOnce(deps, {
    request: key && { operation: 'open-account', resource: userId, key, body },
    responseSchema: AccountView,
    prepare: async () => ({
      writes: [checkUser(tableName, userId, now), putNew(tableName, account)],
      response: parse(AccountView, account),
      refusal: ({ failedActions }) =>
        failedActions.has(USER_CHECK) ? new NotFoundError('user') : new AlreadyExistsError('account'),
    }),
  });
}

/** The check that a user exists and is not expired: DynamoDB deletes an expired one only within days. */
function checkUser(tableName: string, userId: UserId, now: Date): TransactWriteItem {
  return {
    ConditionCheck: {
      TableName: tableName,
      Key: marshall(userKey(userId)),
      ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(#ttl) OR #ttl > :nowSeconds)',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: marshall({ ':nowSeconds': now.getTime() / MS_PER_SECOND }),
    },
  };
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
