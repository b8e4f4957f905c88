import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AccountId, UserId } from '../../contracts/ids.ts';
import { AccountItem } from '../../contracts/items/account.ts';
import { accountKey } from '../../contracts/keys.ts';
import { readItem } from '../core/read-item.ts';
import { NotFoundError } from '../core/request-errors.ts';

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
 * @throws NotFoundError where there is none, and where it is another user's: the two are not told apart.
 */
export async function readAccount(
  { dynamoDb, tableName }: ReadAccountDeps,
  { userId, accountId }: AccountAddress,
): Promise<AccountItem> {
  const account = await readItem(dynamoDb, { tableName, key: accountKey(accountId), schema: AccountItem });
  if (account?.ownerId !== userId) throw new NotFoundError('account');
  return account;
}
