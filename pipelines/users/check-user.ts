import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { userKey } from '../../contracts/entities/user.ts';
import type { UserId } from '../../contracts/ids.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';

/**
 * The check, in the transaction of a write, that a user exists and is not expired: DynamoDB deletes an expired one only within days, and a token
 * outlives its user.
 */
export function checkUser(tableName: string, userId: UserId, now: Date): TransactWriteItem {
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
