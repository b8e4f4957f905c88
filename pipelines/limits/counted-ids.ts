import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

/** An id that is counted, where, and how many there may be. */
export interface CountedId {
  readonly tableName: string;
  readonly key: Readonly<Record<string, string>>;
  readonly counted: string;
  /** The most ids of the list, this one included. */
  readonly max: number;
  /** When DynamoDB may delete the list, in epoch seconds; never without it. */
  readonly expiresAt?: number;
}

/** The write that adds an id to a list, on the condition that the list has room. Nothing is read before it. */
export const countId = ({ tableName, key, counted, max, expiresAt }: CountedId): TransactWriteItem => ({
  Update: {
    TableName: tableName,
    Key: marshall(key),
    UpdateExpression: `SET ids = list_append(if_not_exists(ids, :none), :counted)${expiresAt === undefined ? '' : ', expiresAt = :expiresAt'}`,
    ConditionExpression: 'attribute_not_exists(ids) OR size(ids) < :max',
    ExpressionAttributeValues: marshall({
      ':none': [],
      ':counted': [counted],
      ':max': max,
      ...(expiresAt === undefined ? {} : { ':expiresAt': expiresAt }),
    }),
  },
});
