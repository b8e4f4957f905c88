import {
  type DynamoDBClient,
  ProvisionedThroughputExceededException,
  TransactionCanceledException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { versionAfter } from '../../../contracts/ids.ts';
import { ConditionsFailedError, commit, deleteItem, putNew } from '../../../pipelines/dynamodb/commit.ts';
import { OptimisticLockError } from '../../../pipelines/dynamodb/optimistic-lock.ts';
import { InexactNumber } from '../../../pipelines/dynamodb/unmarshal.ts';
import { clientThat, modelTable, TABLE } from '../../builders/model-table.ts';
import { productItem, userItem } from '../../builders/values/items.ts';

const user = userItem();
const product = productItem();
const METADATA = { message: '', $metadata: {} };

const putOf = (item: ItemKey) => putNew(TABLE, item);
/** A client that fails each request so. */
const failingWith = (error: Error) => clientThat(async () => Promise.reject(error));
type Reasons = TransactionCanceledException['CancellationReasons'];
const cancelledBy = (...CancellationReasons: Reasons & object) =>
  new TransactionCanceledException({ ...METADATA, CancellationReasons });

async function failureOf(actions: readonly TransactWriteItem[], dynamoDb: DynamoDBClient): Promise<unknown> {
  return commit(dynamoDb, actions).then(
    () => expect.unreachable('The commit succeeded'),
    (error: unknown) => error,
  );
}

async function conditionsFailed(...args: Parameters<typeof failureOf>): Promise<ConditionsFailedError> {
  const error = await failureOf(...args);
  if (error instanceof ConditionsFailedError) return error;
  throw error;
}

describe('a new item', () => {
  it('is written without what is undefined in it', async () => {
    const { dynamoDb, database } = modelTable();
    await commit(dynamoDb, [putOf({ ...user, segment: undefined } as ItemKey)]);
    expect(database.items(TABLE)).toEqual([marshall(user)]);
  });

  it('is not written where one exists already, which the failure says', async () => {
    const { dynamoDb, database } = modelTable(user);
    const error = await conditionsFailed([putOf({ ...user, name: 'Grace Example' } as ItemKey)], dynamoDb);
    expect([...error.failedActions]).toEqual([0]);
    expect(error.itemFoundBy(0)).toEqual(user);
    expect(database.items(TABLE)).toEqual([marshall(user)]);
  });
});

describe('a deletion', () => {
  it('takes the item of the version that was read', async () => {
    const { dynamoDb, database } = modelTable(user);
    await commit(dynamoDb, [deleteItem(TABLE, user)]);
    expect(database.items(TABLE)).toEqual([]);
  });

  it('holds for no other version', async () => {
    const { dynamoDb, database } = modelTable(user);
    const newer = { ...user, version: versionAfter(user.version) };
    const error = await conditionsFailed([deleteItem(TABLE, newer)], dynamoDb);
    expect([...error.failedActions]).toEqual([0]);
    expect(database.items(TABLE)).toEqual([marshall(user)]);
  });
});

describe('several writes', () => {
  it('are made together', async () => {
    const { dynamoDb, database } = modelTable();
    await commit(dynamoDb, [putOf(user), putOf(product)]);
    expect(database.items(TABLE)).toEqual([marshall(user), marshall(product)]);
  });

  it('are not made where one condition fails, and the failure says which', async () => {
    const { dynamoDb, database } = modelTable(product);
    const error = await conditionsFailed([putOf(user), putOf(product)], dynamoDb);
    expect([...error.failedActions]).toEqual([1]);
    expect(database.items(TABLE)).toEqual([marshall(product)]);
  });

  it('return the item that a failed one found, where it asked for it', async () => {
    const { dynamoDb } = modelTable(user, product);
    const stale = deleteItem(TABLE, { ...user, version: versionAfter(user.version) });
    const error = await conditionsFailed([stale, putOf(product)], dynamoDb);
    expect([error.itemFoundBy(0), error.itemFoundBy(1)]).toEqual([undefined, product]);
  });

  it('of the same token are made once', async () => {
    const { dynamoDb, database } = modelTable();
    const actions = [putOf(user), putOf(product)];
    await commit(dynamoDb, actions, 'token-1');
    database.change(TABLE, marshall(user), undefined);
    await commit(dynamoDb, actions, 'token-1');
    expect(database.items(TABLE)).toEqual([marshall(product)]);
  });
});

describe('a commit that fails', () => {
  it('for its conditions names the SDK’s error as its cause', async () => {
    const cause = cancelledBy({ Code: 'ConditionalCheckFailed' });
    expect((await conditionsFailed([putOf(user)], failingWith(cause))).cause).toBe(cause);
  });

  it('at an item with a number that JavaScript cannot hold gives the item, and keeps the number apart', async () => {
    const Item = { ...marshall(user), visits: { N: '90071992547409931.5' } };
    const cause = cancelledBy({ Code: 'ConditionalCheckFailed', Item });
    const error = await conditionsFailed([putOf(user)], failingWith(cause));
    expect(error.itemFoundBy(0)).toEqual({ ...user, visits: new InexactNumber('90071992547409931.5') });
  });

  it('for another write at an item is an optimistic lock failure, also where its conditions held', async () => {
    const cause = cancelledBy({ Code: 'ConditionalCheckFailed' }, { Code: 'TransactionConflict' });
    const error = await failureOf([putOf(user), putOf(product)], failingWith(cause));
    expect(error).toBeInstanceOf(OptimisticLockError);
    expect(error).toMatchObject({ cause });
  });

  it.each([
    ['a throttle', cancelledBy({ Code: 'None' }, { Code: 'ThrottlingError' })],
    ['a throttle of the complete request', new ProvisionedThroughputExceededException(METADATA)],
    ['no reason that is known', cancelledBy({}, { Code: 'NeverHeardOf' })],
  ])('for %s throws the SDK’s own error', async (_what, cause) => {
    expect(await failureOf([putOf(user), putOf(product)], failingWith(cause))).toBe(cause);
  });
});
