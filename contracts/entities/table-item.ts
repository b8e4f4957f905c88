import * as z from 'zod';
import type { ConsumerName } from '../stream.ts';
import { AccountItem } from './account.ts';
import { CountedOrderItem } from './counted-order.ts';
import { DailyStatsItem } from './daily-stats.ts';
import { HeartbeatItem } from './heartbeat.ts';
import { LedgerEntryItem } from './ledger-entry.ts';
import { OrderItem } from './order.ts';
import { ProductItem } from './product.ts';
import { ReservationItem } from './reservation.ts';
import { UserItem } from './user.ts';

/** Any item of the table, told apart by `entityType`. */
export const TableItem = z.discriminatedUnion('entityType', [
  UserItem,
  OrderItem,
  ProductItem,
  ReservationItem,
  CountedOrderItem,
  DailyStatsItem,
  AccountItem,
  LedgerEntryItem,
  HeartbeatItem,
]);
export type TableItem = z.infer<typeof TableItem>;
export type EntityType = TableItem['entityType'];

/**
 * The entity types that each consumer's mapping leaves out: those that the consumers write themselves, but for products, which
 * are searched whoever writes them; and for `order-events` the heartbeats, which tell of the search index.
 */
export const EXCLUDED_TYPES = {
  'order-events': ['Reservation', 'Tally', 'DailyStats', 'Product', 'Heartbeat'],
  'search-index': ['Reservation', 'Tally', 'DailyStats'],
} as const satisfies Readonly<Record<ConsumerName, readonly EntityType[]>>;
