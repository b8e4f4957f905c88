import { DeleteItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ChangeOrderStatusBody } from '../../../contracts/api/orders.ts';
import { OrderItem } from '../../../contracts/entities/order.ts';
import { followImport, putOrders } from '../../../infra/demo/import-orders.ts';
import { silent } from '../../../infra/demo/progress.ts';
import { superstoreSlice } from '../../../infra/demo/superstore.ts';
import type { LocalSystem } from '../../../infra/local/system/local-system.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import { changeOrderStatus } from '../../../pipelines/orders/change-order-status.ts';
import { deleteOrder } from '../../../pipelines/orders/delete-order.ts';
import { productItem } from '../../builders/values/items.ts';

const ORDERS = 60;
const DRAIN_TIMEOUT_MS = 120_000;
/** What becomes of the first orders. */
const LIVES: readonly (readonly ChangeOrderStatusBody['status'][])[] = [
  ['confirmed', 'shipped', 'delivered'],
  ['confirmed', 'shipped'],
  ['confirmed'],
  ['cancelled'],
];

/**
 * Fills the table with products, orders and malformed items, lets some orders live on, and deletes one; has heartbeats written, which
 * come once a minute otherwise.
 *
 * @returns the order that was deleted.
 */
export async function fillShop(system: LocalSystem): Promise<OrderItem> {
  const { clients, names, drained, functions } = system;
  const table = { dynamoDb: clients.dynamoDb, tableName: names['Table'] ?? '', clock, orderRetentionDays: 0 };
  const slice = await superstoreSlice(ORDERS);
  await Promise.all(
    slice.products.map(({ quantityOrdered, ...product }) => {
      const item = productItem({ ...product, stock: quantityOrdered, received: quantityOrdered });
      const Item = marshall(item, { removeUndefinedValues: true });
      return clients.dynamoDb.send(new PutItemCommand({ TableName: table.tableName, Item }));
    }),
  );
  await putOrders(system, slice);
  await followImport(system, slice, silent);
  await drained(DRAIN_TIMEOUT_MS);
  const [deleted, ...others] = await ordersIn(system);
  if (deleted === undefined) throw new Error('No order was imported');
  await deleteOrder(table, deleted);
  await Promise.all(
    LIVES.map(async (statuses, place) => {
      const order = others[place];
      if (order === undefined) return;
      for (const status of statuses) await changeOrderStatus(table, { ...order, status, byOwner: false });
    }),
  );
  await functions.get('WriteHeartbeatsFunction')?.invoke({});
  await drained(DRAIN_TIMEOUT_MS);
  await clients.openSearch.indices.refresh({ index: 'orders' });
  return deleted;
}

/** Takes a malformed item out of the table, given its key as the console shows it. */
export async function repairAll({ clients, names }: LocalSystem, key: string): Promise<void> {
  const [pk = '', sk = ''] = key.split(' / ');
  await clients.dynamoDb.send(
    new DeleteItemCommand({ TableName: names['Table'], Key: { pk: { S: pk }, sk: { S: sk } } }),
  );
}

/** The orders of the table that keep their contract, the oldest first. */
export async function ordersIn({ clients, names }: LocalSystem): Promise<readonly OrderItem[]> {
  const { Items = [] } = await clients.dynamoDb.send(new ScanCommand({ TableName: names['Table'] }));
  return Items.flatMap((item) => {
    const order = OrderItem.safeParse(unmarshall(item));
    return order.success ? [order.data] : [];
  }).toSorted((one, other) => one.orderId.localeCompare(other.orderId));
}
