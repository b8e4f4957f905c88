import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { OrderView } from '../../contracts/api/orders.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { orderKey } from '../../contracts/entities/order.ts';
import type { OrderNotification } from '../../contracts/events/order-notification.ts';
import { Version, versionAfter } from '../../contracts/ids.ts';
import type { OrderStatus } from '../../contracts/order-status.ts';
import { parse } from '../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { eventsOf, type PublisherSettings } from '../../pipelines/order-events/notification/publishers.ts';
import { changeOfOrder, currentChange } from '../../pipelines/stream/current-state.ts';
import type { ChangeOf } from '../../pipelines/stream/stream-change.ts';
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

/** What the publishers of the demo are set to: some of its orders are of high value. */
export const DEMO_PUBLISHERS = { highValueThreshold: 100_000 } as const satisfies PublisherSettings;

const eventsOfDemo = (change: ChangeOf<'Order'>): readonly OrderNotification[] =>
  eventsOf(change, DEMO_PUBLISHERS);

/**
 * The events that the topic must have carried after the import, of each publisher. The table shows them as long as only the system
 * itself has changed the orders since.
 */
export function expectedAfterImport(orders: readonly OrderItem[]): readonly OrderNotification[] {
  return orders.flatMap((order) => {
    if (order.status !== 'rejected') return eventsOfDemo(currentChange(order, 'INSERT'));
    // The rejection is the only write since the order was placed.
    const placed: OrderItem = { ...order, status: 'placed', version: parse(Version, order.version - 1) };
    return [currentChange(placed, 'INSERT'), changeOfOrder(placed, order)].flatMap(eventsOfDemo);
  });
}

/** Advances, cancels, deletes and expires some of the orders. @returns the events that must result. */
export async function live(
  system: Pick<LocalSystem, 'apiUrl' | 'token' | 'clients' | 'names'>,
  orders: readonly OrderItem[],
  progress: Progress,
): Promise<readonly OrderNotification[]> {
  const { clients, names } = system;
  const api = await Api.of(system);
  const expected: OrderNotification[] = [];
  const living = orders
    .filter(({ status }) => status === 'placed')
    .map((order, place) => ({ order, life: LIVES.find(({ every }) => place % every === 0) }))
    .flatMap(({ order, life }) => (life === undefined ? [] : [{ order, steps: life.steps }]));
  await forEach(living, 'Advancing orders', progress, CALLS_AT_ONCE, async ({ order, steps }) => {
    const path = `/users/${order.userId}/orders/${order.orderId}`;
    let latest = order;
    for (const step of steps) {
      if (step === 'expire') {
        latest = { ...latest, version: versionAfter(latest.version) };
        await expire(clients.dynamoDb, names['Table'] ?? '', latest);
        expected.push(...eventsOfDemo(removalOf(latest, true)));
      } else if (step === 'delete') {
        await api.call('DELETE', path);
        expected.push(...eventsOfDemo(removalOf(latest, false)));
      } else {
        const { version } = parse(OrderView, await api.call('PATCH', path, { status: step }));
        const next: OrderItem = { ...latest, status: step, version };
        expected.push(...eventsOfDemo(changeOfOrder(latest, next)));
        latest = next;
      }
    }
  });
  return expected;
}

const removalOf = (oldItem: OrderItem, expired: boolean): ChangeOf<'Order'> => ({
  ...currentChange(oldItem),
  ...{ kind: 'REMOVE', oldItem, expired, version: versionAfter(oldItem.version) },
});

/** Sets an order's time to live to now, as a retention rule would, and its version to the given one. */
async function expire(
  dynamoDb: LocalSystem['clients']['dynamoDb'],
  tableName: string,
  { userId, orderId, version }: OrderItem,
): Promise<void> {
  await dynamoDb.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key: marshall(orderKey(userId, orderId)),
      UpdateExpression: 'SET #ttl = :now, version = :version',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: marshall({
        ':now': Math.floor(Date.now() / MS_PER_SECOND),
        ':version': version,
      }),
    }),
  );
}
