import { accountEntity } from './account.ts';
import { countedOrderEntity } from './counted-order.ts';
import { dailyStatsEntity } from './daily-stats.ts';
import { heartbeatEntity } from './heartbeat.ts';
import { ledgerEntryEntity } from './ledger-entry.ts';
import { orderEntity } from './order.ts';
import { productEntity } from './product.ts';
import { reservationEntity } from './reservation.ts';
import { userEntity } from './user.ts';

/** Every entity of the table: those that the files of this folder export. Written by `npm run entities`. */
export const ENTITIES = [
  accountEntity,
  countedOrderEntity,
  dailyStatsEntity,
  heartbeatEntity,
  ledgerEntryEntity,
  orderEntity,
  productEntity,
  reservationEntity,
  userEntity,
] as const;
