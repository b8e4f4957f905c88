import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { versionAfter } from '../../../contracts/ids.ts';
import { ConditionsFailedError, commit, updateItem } from '../../../pipelines/dynamodb/commit.ts';
import { modelTable, TABLE } from '../../builders/model-table.ts';
import { productItem, userItem } from '../../builders/values/items.ts';

const read = userItem({ segment: 'Consumer', ttl: 2_000_000_000 });
const version = versionAfter(read.version);

/** What is in the table after the item that was read was changed into `changed`. */
async function storedAfter(changed: typeof read, there: object = {}): Promise<unknown[]> {
  const { dynamoDb, database } = modelTable({ ...read, ...there });
  await commit(dynamoDb, [updateItem(TABLE, read, changed)]);
  return database.items(TABLE).map((image) => unmarshall(image));
}

describe('an update', () => {
  it('changes the item that was read into the new one', async () => {
    const changed = { ...read, name: 'Grace Example', version };
    expect(await storedAfter(changed)).toEqual([changed]);
  });

  it('removes the attributes that are now absent or undefined', async () => {
    const { segment: _, ...rest } = read;
    const { ttl, ...changed } = { ...rest, version };
    expect(ttl).toBeDefined();
    expect(await storedAfter({ ...changed, ttl: undefined })).toEqual([changed]);
  });

  it('adds the attributes that are new', async () => {
    const { dynamoDb, database } = modelTable(userItem());
    const changed = { ...userItem({ segment: 'Corporate' }), version };
    await commit(dynamoDb, [updateItem(TABLE, userItem(), changed)]);
    expect(database.items(TABLE)).toEqual([marshall(changed)]);
  });

  it('leaves alone the attributes that this version does not know', async () => {
    const changed = { ...read, name: 'Grace Example', version };
    expect(await storedAfter(changed, { nickname: 'grace' })).toEqual([{ ...changed, nickname: 'grace' }]);
  });

  it('names only what differs, so that an unchanged index key costs no write of its index', () => {
    const product = productItem();
    const changed = { ...product, name: 'Ash chair', version: versionAfter(product.version) };
    const { ExpressionAttributeNames: names } = updateItem(TABLE, product, changed).Update ?? {};
    expect(Object.values(names ?? {}).toSorted()).toEqual(['name', 'version']);
  });

  it('names nothing that was absent before and is absent after', () => {
    const { segment: _, ...bare } = read;
    const before = { ...bare, segment: undefined };
    const { UpdateExpression } = updateItem(TABLE, before, { ...before, version }).Update ?? {};
    expect(UpdateExpression).toBe('SET #version = :version');
  });

  it('holds only while the item is of the version that was read', async () => {
    const newer = { version: versionAfter(version) };
    await expect(storedAfter({ ...read, name: 'Grace Example', version }, newer)).rejects.toBeInstanceOf(
      ConditionsFailedError,
    );
  });
});
