import {
  type AttributeValue,
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Version } from '../../contracts/ids.ts';
import { actionsWith, awsErrorKind } from '../aws/aws-errors.ts';
import { OrderStreamError } from '../errors.ts';
import { TransactionConflictError } from './optimistic-lock.ts';
import { unmarshal } from './unmarshal.ts';

/** The most actions of a transaction. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html. */
export const ACTIONS_MAX = 100;

type Image = Record<string, AttributeValue>;

/** Conditions of a write did not hold, so nothing was written. */
export class ConditionsFailedError extends OrderStreamError {
  readonly code = 'conditions-failed';
  readonly remedy = 'Read the items again and retry.';
  /** The positions, in the list of actions, of those whose condition failed. */
  readonly failedActions: ReadonlySet<number>;
  // Private, since it holds values and errors are logged.
  readonly #images: ReadonlyMap<number, Image | undefined>;

  constructor(images: ReadonlyMap<number, Image | undefined>, options?: ErrorOptions) {
    super('A condition of the write did not hold', options);
    this.failedActions = new Set(images.keys());
    this.#images = images;
  }

  /**
   * The item as a failed action found it: `undefined` where there was none, or where the action did not request it with
   * ReturnValuesOnConditionCheckFailure.
   */
  itemFoundBy(action: number): unknown {
    const image = this.#images.get(action);
    return image && unmarshal(image);
  }
}

/** Writes an item where there is none with its key yet; where there is one, the failure carries that item. */
export function putNew(tableName: string, item: ItemKey): TransactWriteItem {
  return {
    Put: {
      TableName: tableName,
      Item: marshall(item, { removeUndefinedValues: true }),
      ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    },
  };
}

/**
 * Makes all of the writes ({@link ACTIONS_MAX} at most) or none of them, once.
 *
 * The SDK sends a request again when its response is lost. A transaction has a token by which DynamoDB recognizes it for 10
 * minutes, and DynamoDB responds to the second request as to the first: `clientRequestToken` (1 to 36 characters, for exactly
 * these writes) or one that the SDK generates. So a single write is a transaction too, at twice the write units: a put that is
 * sent again after a delete of the new item would restore it, in a version that every sink has removed.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-apis-txwriteitems-idempotency.
 *
 * @throws ConditionsFailedError when nothing was written since conditions failed; TransactionConflictError when nothing was
 * written since another transaction was at one of the items; the SDK's own error otherwise, after which the writes may have been made.
 */
export async function commit(
  dynamoDb: DynamoDBClient,
  actions: readonly TransactWriteItem[],
  clientRequestToken?: string,
): Promise<void> {
  try {
    await dynamoDb.send(
      new TransactWriteItemsCommand({ TransactItems: [...actions], ClientRequestToken: clientRequestToken }),
    );
  } catch (error) {
    throw error instanceof TransactionCanceledException ? ofCancelled(error) : error;
  }
}

function ofCancelled(error: TransactionCanceledException): Error {
  const kind = awsErrorKind(error);
  if (kind === 'conflict')
    return new TransactionConflictError('Another write changed the same item', { cause: error });
  if (kind !== 'condition') return error;
  const failed = actionsWith(error, 'condition');
  const images = failed.map((index) => [index, error.CancellationReasons?.[index]?.Item] as const);
  return new ConditionsFailedError(new Map(images), { cause: error });
}

type Attributes = ItemKey & { readonly version: Version };

/**
 * The write that changes an item from `read` to `next`, on the condition that the item still has the version that was read:
 * one expression that sets changed attributes and removes missing ones. The key attributes are never part of it.
 */
export function updateItem<Item extends Attributes>(
  tableName: string,
  read: Item,
  next: Item,
): TransactWriteItem {
  const { pk, sk, ...before } = read;
  const { pk: _pk, sk: _sk, ...after } = next;
  const old = new Map<string, unknown>(Object.entries(before));
  const set = Object.entries(after).filter(([name, value]) => value !== undefined && value !== old.get(name));
  const kept = new Set(Object.entries(after).flatMap(([name, value]) => (value === undefined ? [] : name)));
  const removed = [...old.keys()].filter((name) => old.get(name) !== undefined && !kept.has(name));
  const named = [...set.map(([name]) => name), ...removed];
  const assignments = set.map(([name]) => `#${name} = :${name}`).join(', ');
  const removal = removed.length === 0 ? '' : ` REMOVE ${removed.map((name) => `#${name}`).join(', ')}`;
  return {
    Update: {
      TableName: tableName,
      Key: marshall({ pk, sk }),
      UpdateExpression: `SET ${assignments}${removal}`,
      ConditionExpression: '#version = :readVersion',
      ExpressionAttributeNames: Object.fromEntries(
        [...new Set([...named, 'version'])].map((name) => [`#${name}`, name]),
      ),
      ExpressionAttributeValues: marshall({
        ...Object.fromEntries(set.map(([name, value]) => [`:${name}`, value])),
        ':readVersion': read.version,
      }),
    },
  };
}

/** The write that deletes an item, on the condition that it still has the version that was read. */
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
