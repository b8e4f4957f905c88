import type * as z from 'zod';
import { AccountItem, accountKey } from '../../../contracts/entities/account.ts';
import { CountedOrderItem, countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import { HeartbeatItem, heartbeatKey } from '../../../contracts/entities/heartbeat.ts';
import { LedgerEntryItem, ledgerEntryKey } from '../../../contracts/entities/ledger-entry.ts';
import {
  OrderItem,
  orderKey,
  orderTotal,
  statusKey,
  totalSortKey,
  unnumberedStatusKey,
} from '../../../contracts/entities/order.ts';
import { lowStockPartition, ProductItem, productKey } from '../../../contracts/entities/product.ts';
import { ReservationItem, reservationKey } from '../../../contracts/entities/reservation.ts';
import { UserItem, userKey } from '../../../contracts/entities/user.ts';
import {
  AccountId,
  HeartbeatId,
  Instant,
  OrderId,
  Sku,
  TransactionId,
  UserId,
} from '../../../contracts/ids.ts';
import { MinorUnits } from '../../../contracts/money.ts';

/** What a test may say of an item: anything but the attributes that are derived from the others. */
type Overrides<Schema extends z.ZodType, Derived extends string = never> = Partial<
  Omit<z.input<Schema>, 'pk' | 'sk' | 'entityType' | Derived>
>;
type OrderOverrides = Overrides<typeof OrderItem, 'GSI1PK' | 'GSI1SK' | 'LSI1SK' | 'total'>;

const written = {
  createdAt: '2026-03-01T12:00:00.000Z',
  updatedAt: '2026-03-01T12:00:00.000Z',
  version: 1_772_366_400_000_000,
};

/** The partitions of GSI1 that orders are spread over in tests: the template's default. */
export const STATUS_PARTITIONS = 4;

/** A user that keeps the contract. */
export function userItem(overrides: Overrides<typeof UserItem> = {}): UserItem {
  const user = { ...written, userId: 'u-1', name: 'Ada Example', email: 'ada@example.com', ...overrides };
  return UserItem.parse({ ...user, ...userKey(UserId.parse(user.userId)), entityType: 'User' });
}

/** A product that keeps the contract: ten pieces received, none reserved. */
export function productItem(overrides: Overrides<typeof ProductItem, 'GSI2PK'> = {}): ProductItem {
  const product = {
    ...written,
    sku: 'SKU-1',
    name: 'Oak chair',
    category: 'Furniture',
    unitPrice: 1_250,
    currency: 'EUR',
    stock: 10,
    reserved: 0,
    received: 10,
    ...overrides,
  };
  const sku = Sku.parse(product.sku);
  return ProductItem.parse({
    ...product,
    ...productKey(sku),
    entityType: 'Product',
    GSI2PK: lowStockPartition(sku, product.stock),
  });
}

/** An order that keeps the contract: placed, with two pieces of one product. Its total and index keys follow from the rest. */
export function orderItem(overrides: OrderOverrides = {}): OrderItem {
  const order = {
    ...written,
    orderId: '01KJMSY7G00000000000000001',
    userId: 'u-1',
    status: 'placed' as const,
    lines: [orderLine()],
    currency: 'EUR',
    shipTo: { name: 'Ada Example', city: 'Dresden', country: 'Germany' },
    ...overrides,
  };
  const orderId = OrderId.parse(order.orderId);
  const total = orderTotal(order.lines.map(({ amount }) => ({ amount: MinorUnits.parse(amount) })));
  return OrderItem.parse({
    ...order,
    ...orderKey(UserId.parse(order.userId), orderId),
    entityType: 'Order',
    total,
    ...statusKey(
      { orderId, createdAt: Instant.parse(order.createdAt), status: order.status },
      STATUS_PARTITIONS,
    ),
    LSI1SK: totalSortKey(total),
  });
}

/** An order on GSI1 as the version before the numbered partitions wrote it. */
export const unnumbered = (order: OrderItem): OrderItem =>
  OrderItem.parse({ ...order, ...unnumberedStatusKey(order) });

type OrderLineInput = z.input<typeof OrderItem>['lines'][number];

/** A line of an order: two pieces of `SKU-1`. */
export const orderLine = (overrides: Partial<OrderLineInput> = {}): OrderLineInput => ({
  sku: 'SKU-1',
  name: 'Oak chair',
  category: 'Furniture',
  quantity: 2,
  amount: 2_500,
  ...overrides,
});

/** A counted order that keeps the contract: of {@link orderItem}, with no versions. The stats hold nothing of it. */
export function countedOrderItem(overrides: Overrides<typeof CountedOrderItem> = {}): CountedOrderItem {
  const countedOrder = {
    ...written,
    orderId: '01KJMSY7G00000000000000001',
    orderVersion: written.version,
    ...overrides,
  };
  return CountedOrderItem.parse({
    ...countedOrder,
    ...countedOrderKey(OrderId.parse(countedOrder.orderId)),
    entityType: 'Tally',
  });
}

/** A reservation that keeps the contract: the stock of {@link orderItem}, RESERVED. */
export function reservationItem(overrides: Overrides<typeof ReservationItem> = {}): ReservationItem {
  const reservation = {
    ...written,
    orderId: '01KJMSY7G00000000000000001',
    userId: 'u-1',
    state: 'RESERVED' as const,
    orderVersion: written.version,
    lines: [{ sku: 'SKU-1', quantity: 2 }],
    ...overrides,
  };
  return ReservationItem.parse({
    ...reservation,
    ...reservationKey(OrderId.parse(reservation.orderId)),
    entityType: 'Reservation',
  });
}

/** An account of `u-1` that keeps the contract. Nothing was transferred yet: its balance is the opening one, by default. */
export function accountItem(overrides: Overrides<typeof AccountItem> = {}): AccountItem {
  const opened = { ...written, accountId: 'a-1', ownerId: 'u-1', openingBalance: 100_000, currency: 'EUR' };
  const account = { ...opened, balance: overrides.openingBalance ?? opened.openingBalance, ...overrides };
  return AccountItem.parse({
    ...account,
    ...accountKey(AccountId.parse(account.accountId)),
    entityType: 'Account',
  });
}

/** A ledger entry that keeps the contract: `a-1` received money from `a-2`. */
export function ledgerEntryItem(overrides: Overrides<typeof LedgerEntryItem> = {}): LedgerEntryItem {
  const entry = {
    ...written,
    accountId: 'a-1',
    transactionId: '01KJMSY7G00000000000000002',
    counterparty: 'a-2',
    amount: 1_250,
    currency: 'EUR',
    ...overrides,
  };
  return LedgerEntryItem.parse({
    ...entry,
    ...ledgerEntryKey(AccountId.parse(entry.accountId), TransactionId.parse(entry.transactionId)),
    entityType: 'LedgerEntry',
  });
}

/** A heartbeat that keeps the contract. */
export function heartbeatItem(overrides: Overrides<typeof HeartbeatItem> = {}): HeartbeatItem {
  const heartbeat = { ...written, heartbeatId: '0', ...overrides };
  return HeartbeatItem.parse({
    ...heartbeat,
    ...heartbeatKey(HeartbeatId.parse(heartbeat.heartbeatId)),
    entityType: 'Heartbeat',
  });
}
