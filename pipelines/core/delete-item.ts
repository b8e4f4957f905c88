import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { Version } from '../../contracts/ids.ts';
import type { ItemKey } from '../../contracts/keys.ts';

/** The write that deletes an item as it was read, and holds only where it still is of that version. */
export function deleteItem(
  tableName: string,
  { pk, sk, version }: ItemKey & { readonly version: Version },
): TransactWriteItem {
  return {
    Delete: {
      TableName: tableName,
      Key: marshall({ pk, sk }),
      ConditionExpression: 'version = :readVersion',
      ExpressionAttributeValues: marshall({ ':readVersion': version }),
    },
  };
}
