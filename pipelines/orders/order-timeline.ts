import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { OrderTimeline, TimelineDocument, TimelineVersion } from '../../contracts/api/operators.ts';
import { OrderView } from '../../contracts/api/orders.ts';
import {
  CountedOrderItem,
  type CountedVersion,
  countedOrderKey,
} from '../../contracts/entities/counted-order.ts';
import { OrderItem, orderKey } from '../../contracts/entities/order.ts';
import { ReservationItem, reservationKey } from '../../contracts/entities/reservation.ts';
import { notificationId } from '../../contracts/events/order-notification.ts';
import { parse } from '../../contracts/reading.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { NotFoundError } from '../request-errors.ts';
import { SearchUnavailableError } from '../search/errors.ts';
import type { OpenSearchClient } from '../search/open-search.ts';
import { readDocument } from '../search/read-document.ts';
import type { OrderAddress } from './read-order.ts';

export interface OrderTimelineDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly openSearch: OpenSearchClient;
}

/**
 * Reads everything that the system holds of an order: its versions and the event of each, its stock,
 * and its document in the index. An order that was removed has a timeline too, once its removal was counted.
 *
 * @throws NotFoundError for an order that never existed, or whose removal is not counted yet; ContractViolationError.
 */
export async function orderTimeline(
  { dynamoDb, tableName, openSearch }: OrderTimelineDeps,
  { userId, orderId }: OrderAddress,
): Promise<OrderTimeline> {
  const read = { dynamoDb, tableName };
  const [order, countedOrder, reservation, document] = await Promise.all([
    readItem(dynamoDb, { ...read, key: orderKey(userId, orderId), schema: OrderItem }),
    readItem(dynamoDb, { ...read, key: countedOrderKey(orderId), schema: CountedOrderItem }),
    readItem(dynamoDb, { ...read, key: reservationKey(orderId), schema: ReservationItem }),
    documentOf(openSearch, orderId),
  ]);
  if (order === undefined && !isOfRemoved(countedOrder, reservation, userId))
    throw new NotFoundError('order');
  return {
    ...(order && { order: parse(OrderView, order) }),
    versions: versionsOf(order, countedOrder),
    ...(reservation && {
      reservation: {
        state: reservation.state,
        orderVersion: reservation.orderVersion,
        updatedAt: reservation.updatedAt,
        lines: reservation.lines,
      },
    }),
    document,
  };
}

/** Counted order and reservation are found by the order's id alone, so an id under another user's path must not find them. */
const isOfRemoved = (
  countedOrder: CountedOrderItem | undefined,
  reservation: ReservationItem | undefined,
  userId: string,
): boolean =>
  countedOrder !== undefined &&
  countedOrder.contribution === undefined &&
  (reservation === undefined || reservation.userId === userId);

function versionsOf(
  order: OrderItem | undefined,
  countedOrder: CountedOrderItem | undefined,
): TimelineVersion[] {
  const counted =
    countedOrder === undefined
      ? []
      : (countedOrder.versions ?? []).map((one) => countedVersion(countedOrder, one));
  const isNews = order !== undefined && order.version > (countedOrder?.orderVersion ?? 0);
  if (!isNews) return counted;
  return [
    ...counted,
    { version: order.version, at: order.updatedAt, status: order.status, isCounted: false },
  ];
}

const countedVersion = (
  { orderId }: CountedOrderItem,
  { version, at, status, notification: type }: CountedVersion,
): TimelineVersion => ({
  ...{ version, at, status, isCounted: true },
  ...(type && { notification: { id: notificationId(orderId, version, type), type } }),
});

/** The rest of the timeline is returned also while OpenSearch does not respond. */
async function documentOf(openSearch: OpenSearchClient, orderId: string): Promise<TimelineDocument> {
  try {
    const document = await readDocument(openSearch, { index: 'orders', id: orderId });
    return document === undefined ? { state: 'absent' } : { state: 'indexed', ...document };
  } catch (error) {
    if (error instanceof SearchUnavailableError) return { state: 'unknown' };
    throw error;
  }
}
