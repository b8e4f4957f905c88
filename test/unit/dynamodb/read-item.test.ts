import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { UserItem } from '../../../contracts/entities/user.ts';
import { readItem } from '../../../pipelines/dynamodb/read-items.ts';
import { ContractViolationError } from '../../../pipelines/errors.ts';
import { modelTable, TABLE } from '../../builders/model-table.ts';
import { userItem } from '../../builders/values/items.ts';

const user = userItem({ segment: 'Consumer' });
const key = { pk: user.pk, sk: user.sk };
const read = { tableName: TABLE, key, schema: UserItem };

describe('reading an item', () => {
  it('gives the item', async () => {
    expect(await readItem(modelTable(user).dynamoDb, read)).toEqual(user);
  });

  it('gives nothing where there is none', async () => {
    expect(await readItem(modelTable().dynamoDb, read)).toBeUndefined();
  });

  it('sees every write before it unless it need not', async () => {
    const { dynamoDb, send } = modelTable(user);
    await readItem(dynamoDb, read);
    await readItem(dynamoDb, { ...read, consistent: false });
    expect(send.mock.calls).toMatchObject([
      [{ input: { ConsistentRead: true } }],
      [{ input: { ConsistentRead: false } }],
    ]);
  });

  it('brings only the attributes that are asked for, reserved words too', async () => {
    const schema = z.strictObject({ name: z.string(), segment: z.string() });
    const attributes = ['name', 'segment'];
    expect(await readItem(modelTable(user).dynamoDb, { ...read, schema, attributes })).toEqual({
      name: user.name,
      segment: 'Consumer',
    });
  });

  it('of an item that breaks its contract names the fields and no values', async () => {
    const { dynamoDb, database } = modelTable();
    database.change(TABLE, marshall(key), { ...marshall(user), email: { S: 'Ada Example, Dresden' } });
    const error = await readItem(dynamoDb, read).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(ContractViolationError);
    expect(error).toMatchObject({ issues: [{ path: 'email' }] });
    expect(JSON.stringify(error)).not.toMatch(/Ada|Dresden/);
  });
});
