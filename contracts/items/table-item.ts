import * as z from 'zod';
import { AccountItem } from './account.ts';
import { DailyStatsItem } from './daily-stats.ts';
import { LedgerEntryItem } from './ledger-entry.ts';
import { OrderItem } from './order.ts';
import { ProductItem } from './product.ts';
import { ReservationItem } from './reservation.ts';
import { TallyItem } from './tally.ts';
import { UserItem } from './user.ts';

/** Any item of the table, told apart by `entityType`. */
export const TableItem = z.discriminatedUnion('entityType', [
  UserItem,
  OrderItem,
  ProductItem,
  ReservationItem,
  TallyItem,
  DailyStatsItem,
  AccountItem,
  LedgerEntryItem,
]);
export type TableItem = z.infer<typeof TableItem>;
export type EntityType = TableItem['entityType'];

/** The entity types that the stream consumers write themselves, so that no mapping of `order-events` reads them back. */
export const CONSUMER_WRITTEN_TYPES = [
  'Reservation',
  'Tally',
  'DailyStats',
  'Product',
] as const satisfies readonly EntityType[];
