import { type BatchGetItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it, vi } from 'vitest';
import { batchGet } from '../../../pipelines/core/batch-get.ts';
import { productItem } from '../../builders/items.ts';

const chair = productItem({ sku: 'chair' });
const desk = productItem({ sku: 'desk' });

/** A table that answers one item a request and leaves the other keys unread. */
function slowTable(items: readonly object[]) {
  const client = new DynamoDBClient({ region: 'eu-central-1' });
  const send = vi.fn(async ({ input }: BatchGetItemCommand) => {
    const [first, ...rest] = input.RequestItems?.['orders']?.Keys ?? [];
    const found = items.map((item) => marshall(item)).filter((item) => item['pk']?.S === first?.['pk']?.S);
    return {
      Responses: { orders: found },
      UnprocessedKeys: rest.length > 0 ? { orders: { Keys: rest } } : {},
    };
  });
  return { dynamoDb: Object.assign(client, { send }), send };
}

describe('reading a batch', () => {
  it('asks again for the keys that the table left unread', async () => {
    const { dynamoDb, send } = slowTable([chair, desk]);
    expect(await batchGet(dynamoDb, 'orders', [chair, desk])).toEqual([chair, desk]);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it('leaves out a key without an item', async () => {
    const { dynamoDb } = slowTable([chair]);
    expect(await batchGet(dynamoDb, 'orders', [desk, chair])).toEqual([chair]);
  });
});
