import { QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { userPartition } from '../../../contracts/entities/user.ts';
import { type PageRead, readPage } from '../../../pipelines/paging/read-page.ts';
import { orderIdOf } from '../../builders/stream/order-life.ts';
import { orderItem, unnumbered } from '../../builders/values/items.ts';
import { localDynamoDb } from '../parts/clients.ts';
import { createTestTable } from '../parts/table.ts';
import { TestTable } from '../parts/table-items.ts';

const ORDERS = 30;
const LIMIT = 4;
const READ_SIZE = 7;
const ORDER_ITEMS = Array.from({ length: ORDERS }, (_, index) =>
  // Of one time and one total, so that the index keys alone do not tell them apart.
  unnumbered(
    orderItem({
      orderId: orderIdOf(index),
      userId: index % 4 === 0 ? 'u-2' : 'u-1',
      status: index % 3 === 0 ? 'confirmed' : 'placed',
    }),
  ),
);
const USER = userPartition(orderItem({ userId: 'u-1' }).userId);

let table: TestTable;

beforeAll(async () => {
  const dynamoDb = localDynamoDb();
  table = new TestTable(dynamoDb, await createTestTable(dynamoDb));
  await table.put(...ORDER_ITEMS);
});

type Query = Omit<QueryCommandInput, 'TableName'>;
type Key = Record<string, unknown>;

const keyOf =
  (...attributes: readonly (keyof OrderItem)[]) =>
  (item: OrderItem): Key =>
    Object.fromEntries(attributes.map((name) => [name, item[name]]));

const placedOnly = {
  FilterExpression: '#status = :status',
  ExpressionAttributeNames: { '#status': 'status' },
};

describe.each<[string, Query, ReturnType<typeof keyOf>]>([
  [
    'the table',
    {
      ...placedOnly,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': USER, ':status': 'placed' }),
    },
    keyOf('pk', 'sk'),
  ],
  [
    'a local index whose keys are all the same',
    {
      ...placedOnly,
      IndexName: 'LSI1',
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: marshall({ ':pk': USER, ':status': 'placed' }),
    },
    keyOf('pk', 'sk', 'LSI1SK'),
  ],
  [
    'a global index whose keys are all the same, backwards',
    {
      IndexName: 'GSI1',
      ScanIndexForward: false,
      KeyConditionExpression: 'GSI1PK = :pk',
      FilterExpression: 'userId = :user',
      ExpressionAttributeValues: marshall({ ':pk': 'STATUS#placed', ':user': 'u-1' }),
    },
    keyOf('pk', 'sk', 'GSI1PK', 'GSI1SK'),
  ],
])('the pages of a filtered Query of %s', (_, query, keyOfItem) => {
  const read = async (startKey: Key | undefined, Limit?: number): Promise<PageRead<OrderItem, Key>> => {
    const { Items = [], LastEvaluatedKey } = await table.dynamoDb.send(
      new QueryCommand({
        ...query,
        TableName: table.tableName,
        ...(Limit === undefined ? {} : { Limit }),
        ...(startKey === undefined ? {} : { ExclusiveStartKey: marshall(startKey) }),
      }),
    );
    const items = Items.map((item) => OrderItem.parse(unmarshall(item)));
    return { items, lastKey: LastEvaluatedKey && unmarshall(LastEvaluatedKey) };
  };

  it('are the whole Query, nothing lost and nothing repeated', async () => {
    const pages: OrderItem[][] = [];
    let startKey: Key | undefined;
    do {
      const page = await readPage({
        readSome: (from) => read(from, READ_SIZE),
        keyOf: keyOfItem,
        limit: LIMIT,
        startKey,
      });
      pages.push([...page.items]);
      startKey = page.next;
    } while (startKey !== undefined && pages.length <= ORDERS);
    const { items } = await read(undefined);
    expect(items.length).toBeGreaterThan(2 * LIMIT);
    expect(pages.flat()).toEqual(items);
    expect(pages.slice(0, -1).every((page) => page.length === LIMIT)).toBe(true);
  });
});
