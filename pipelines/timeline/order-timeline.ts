import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { OrderView } from '../../contracts/api/orders.ts';
import type { MalformedItem, OrderTimeline, TimelineDocument } from '../../contracts/api/timeline.ts';
import { CountedOrderItem, countedOrderKey } from '../../contracts/entities/counted-order.ts';
import { OrderItem, orderKey } from '../../contracts/entities/order.ts';
import { ReservationItem, reservationKey } from '../../contracts/entities/reservation.ts';
import { Instant, Version } from '../../contracts/ids.ts';
import { OrderStatus } from '../../contracts/order-status.ts';
import { parse, read, valueIssues } from '../../contracts/reading.ts';
import { isRetryable } from '../aws/aws-errors.ts';
import type { Clock } from '../clock.ts';
import { summaryOf } from '../dead-letters/list/dead-letter-selection.ts';
import { readItem } from '../dynamodb/read-items.ts';
import { ContractViolationError } from '../errors.ts';
import type { DeadLetterStore } from '../operations/dead-letter-store.ts';
import { readFailures } from '../operations/failures.ts';
import { readPublications } from '../operations/publications.ts';
import type { PublisherSettings } from '../order-events/notification/publishers.ts';
import { readMails } from '../order-mails/read-mails.ts';
import type { OrderAddress } from '../orders/read-order.ts';
import { MALFORMED_ORDER_REMEDY, NotFoundError } from '../request-errors.ts';
import { SearchUnavailableError } from '../search/errors.ts';
import type { OpenSearchClient } from '../search/open-search.ts';
import { readDocument } from '../search/read-document.ts';
import { type KnownEffects, type TimelineSettings, timelineVersions } from './version-effects.ts';

/** The tables, the index, and the time. */
export interface OrderTimelineDeps extends PublisherSettings, TimelineSettings {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly operationsTableName: string;
  /** Absent where mails are off. */
  readonly mailboxTableName?: string | undefined;
  readonly openSearch: OpenSearchClient;
  readonly store: Pick<DeadLetterStore, 'ofItem'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What the table holds under the key of an order. */
type StoredOrder =
  | { readonly kind: 'sound'; readonly order: OrderItem }
  | { readonly kind: 'malformed'; readonly malformed: MalformedItem };

/**
 * Reads everything that the system holds of an order: its versions with their effects, its stock, its document in the index and its
 * dead letters. A malformed order has what is in the table and what is wrong with it. An order that was removed has a timeline too,
 * once its removal was counted.
 *
 * @throws NotFoundError for an order that never existed, or whose removal is not counted yet; ContractViolationError for a
 * reservation or counted version that violates its contract; the SDK's own errors.
 */
export async function orderTimeline(
  deps: OrderTimelineDeps,
  { userId, orderId }: OrderAddress,
): Promise<OrderTimeline> {
  const { dynamoDb, tableName, mailboxTableName, openSearch, store, clock } = deps;
  const key = orderKey(userId, orderId);
  const table = { dynamoDb, tableName };
  const [
    item,
    countedOrder,
    reservation,
    document,
    publications,
    mails,
    orderEvents,
    searchIndex,
    deadLetters,
  ] = await Promise.all([
    readItem(dynamoDb, { ...table, key, schema: AnyItem }),
    readItem(dynamoDb, { ...table, key: countedOrderKey(orderId), schema: CountedOrderItem }),
    readItem(dynamoDb, { ...table, key: reservationKey(orderId), schema: ReservationItem }),
    documentOf(openSearch, orderId),
    readPublications(deps, orderId),
    mailsOf({ dynamoDb, mailboxTableName }, { userId, orderId }),
    readFailures(deps, 'order-events'),
    readFailures(deps, 'search-index'),
    store.ofItem(key),
  ]);
  const stored = item && storedOrder(item);
  if (stored === undefined && !isOfRemoved(countedOrder, reservation, userId))
    throw new NotFoundError('order');
  return {
    ...(stored?.kind === 'sound' && { order: parse(OrderView, stored.order) }),
    ...(stored?.kind === 'malformed' && { malformed: stored.malformed }),
    versions: timelineVersions({
      ...{ orderId, key, countedOrder, reservation, document, publications, mails, deadLetters },
      current: stored && currentVersion(stored),
      settings: deps,
      failures: { 'order-events': orderEvents, 'search-index': searchIndex },
      now: clock.now(),
    }),
    ...(reservation && {
      reservation: {
        state: reservation.state,
        orderVersion: reservation.orderVersion,
        updatedAt: reservation.updatedAt,
        lines: reservation.lines,
      },
    }),
    document,
    deadLetters: deadLetters.map(summaryOf),
  };
}

const AnyItem = z.record(z.string(), z.unknown());

function storedOrder(item: Record<string, unknown>): StoredOrder {
  const result = read(OrderItem, item);
  if (result.success) return { kind: 'sound', order: result.data };
  const issues = [...valueIssues(result.error)];
  return { kind: 'malformed', malformed: { item, issues, remedy: MALFORMED_ORDER_REMEDY } };
}

/** What a malformed item still says of its version. */
const Versioned = z.object({
  version: Version,
  updatedAt: Instant,
  status: OrderStatus.optional().catch(undefined),
});

function currentVersion(stored: StoredOrder): KnownEffects['current'] {
  const item = stored.kind === 'sound' ? stored.order : read(Versioned, stored.malformed.item).data;
  if (item === undefined) return undefined;
  const { version, updatedAt: at, status } = item;
  return { ...{ version, at, status }, ...(stored.kind === 'sound' && { order: stored.order }) };
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

/** The rest of the timeline is returned also while the mailbox cannot be read, or an entry of it violates its contract. */
async function mailsOf(
  { dynamoDb, mailboxTableName }: Pick<OrderTimelineDeps, 'dynamoDb' | 'mailboxTableName'>,
  order: OrderAddress,
): Promise<KnownEffects['mails']> {
  if (mailboxTableName === undefined) return undefined;
  try {
    return await readMails({ dynamoDb, mailboxTableName }, order);
  } catch (error) {
    if (error instanceof ContractViolationError || isRetryable(error)) return 'unknown';
    throw error;
  }
}

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
