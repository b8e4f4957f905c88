import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { OrderView } from '../../contracts/api/orders.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { orderKey } from '../../contracts/entities/order.ts';
import { type NotificationType, notificationId } from '../../contracts/events/order-notification.ts';
import { Version, versionAfter } from '../../contracts/ids.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';
import { parse } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import type { LocalSystem } from '../local/system/local-system.ts';
import { Api } from './api.ts';
import { forEach } from './fill.ts';
import type { Progress } from './progress.ts';

const CALLS_AT_ONCE = 8;

/** The steps of an order after it is placed: those of the first entry whose `every` divides its index in the list. */
const LIVES: readonly {
  readonly every: number;
  readonly steps: readonly (OrderStatus | 'delete' | 'expire')[];
}[] = [
  { every: 500, steps: ['confirmed', 'shipped', 'delivered', 'expire'] },
  { every: 50, steps: ['cancelled', 'delete'] },
  { every: 11, steps: ['cancelled'] },
  { every: 7, steps: ['confirmed', 'cancelled'] },
  { every: 5, steps: ['confirmed', 'shipped', 'delivered'] },
  { every: 3, steps: ['confirmed'] },
];

/**
 * The events that the topic must have carried after the import. The table shows them as long as only the system itself has changed
 * the orders since.
 */
export function expectedAfterImport(orders: readonly OrderItem[]): readonly string[] {
  return orders.flatMap(({ orderId, status, version }) => {
    if (status !== 'rejected') return [notificationId(orderId, version, 'order.placed')];
    const before: NotificationType = 'order.placed';
    return [
      notificationId(orderId, beforeVersion(version), before),
      notificationId(orderId, version, 'order.rejected'),
    ];
  });
}

// The rejection is the only write since the order was placed.
const beforeVersion = (version: Version): Version => parse(Version, version - 1);

/** Advances, cancels, deletes and expires some of the orders. @returns the ids of the events that must result. */
export async function live(
  system: Pick<LocalSystem, 'apiUrl' | 'token' | 'clients' | 'names'>,
  orders: readonly OrderItem[],
  progress: Progress,
): Promise<readonly string[]> {
  const { clients, names } = system;
  const api = await Api.of(system);
  const expected: string[] = [];
  const living = orders
    .filter(({ status }) => status === 'placed')
    .map((order, place) => ({ order, life: LIVES.find(({ every }) => place % every === 0) }))
    .flatMap(({ order, life }) => (life === undefined ? [] : [{ order, steps: life.steps }]));
  await forEach(living, 'Advancing orders', progress, CALLS_AT_ONCE, async ({ order, steps }) => {
    const path = `/users/${order.userId}/orders/${order.orderId}`;
    let { version } = order;
    for (const step of steps) {
      if (step === 'expire') {
        version = versionAfter(version);
        await expire(clients.dynamoDb, names['Table'] ?? '', order, version);
        expected.push(notificationId(order.orderId, versionAfter(version), 'order.expired'));
      } else if (step === 'delete') {
        const removed = parse(OrderView, await api.call('DELETE', path));
        expected.push(notificationId(order.orderId, versionAfter(removed.version), 'order.removed'));
      } else {
        ({ version } = parse(OrderView, await api.call('PATCH', path, { status: step })));
        expected.push(notificationId(order.orderId, version, 'order.status-changed'));
      }
    }
  });
  return expected;
}

/** Sets an order's time to live to now, as a retention rule would. */
async function expire(
  dynamoDb: LocalSystem['clients']['dynamoDb'],
  tableName: string,
  order: OrderItem,
  version: Version,
): Promise<void> {
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: marshall(orderKey(order.userId, order.orderId)),
      UpdateExpression: 'SET #ttl = :now, version = :version',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: marshall({
        ':now': Math.floor(Date.now() / MS_PER_SECOND),
        ':version': version,
      }),
    }),
  );
}
