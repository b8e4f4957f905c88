import * as z from 'zod';
import { Instant, OrderId, Sku, UserId } from '../ids.ts';
import { Currency, MinorUnits, QUANTITY_MAX, Quantity } from '../money.ts';
import { OrderStatus } from '../order-status.ts';
import { isPartitionOf, partitionOf } from '../partitions.ts';
import { parse, read } from '../reading.ts';
import { line } from '../text.ts';
import { checkDerived, checkKey, type Entity, entityKey, type ItemKey, itemAttributes } from './entity.ts';

const key = entityKey('Order', 'USER#{userId}', 'ORDER#{orderId}', { userId: UserId, orderId: OrderId });
export const orderKey = (userId: UserId, orderId: OrderId): ItemKey => key.of({ userId, orderId });
/** The sort-key prefix of a user's orders: `begins_with(sk, ORDER#)`, newest first when read backwards. */
export const ORDER_SORT_KEY_PREFIX = key.sk.prefix;

/** What of an order its place on GSI1 follows from. */
type StatusKeySource = Pick<OrderItem, 'orderId' | 'createdAt' | 'status'>;
/** An order's key on GSI1. */
export type StatusKey = Pick<OrderItem, 'GSI1PK' | 'GSI1SK'>;

const unnumberedPartition = (status: OrderStatus): string => `STATUS#${status}`;
const numberedPartition = (status: OrderStatus, partition: number): string => `STATUS#${status}#${partition}`;
const NUMBERED_PARTITION = /^STATUS#[a-z]+#(0|[1-9]\d{0,2})$/;

/** The key on GSI1 of an order that was written before the partitions had numbers: it stays valid until the status changes. */
export const unnumberedStatusKey = ({ createdAt, status }: StatusKeySource): StatusKey => ({
  GSI1PK: unnumberedPartition(status),
  GSI1SK: createdAt,
});

const statusKeyIn = ({ orderId, createdAt, status }: StatusKeySource, partition: number): StatusKey => ({
  GSI1PK: numberedPartition(status, partition),
  // With the id, one position has the same meaning in all partitions.
  GSI1SK: `${createdAt}#${orderId}`,
});

/**
 * The key on GSI1 of a new order: one of the status's partitions, by a hash of the order's id. A partition key takes 1,000
 * write units a second, and an index that throttles also throttles the writes to its table.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html.
 *
 * @param partitions How many there are now, 1 to 512.
 */
export const statusKey = (order: StatusKeySource, partitions: number): StatusKey =>
  statusKeyIn(order, partitionOf(order.orderId, partitions));

/** The partition that an order's key on GSI1 names; `undefined` without a number, or with one that its id never had. */
function numberOfPartition({ orderId, GSI1PK }: Pick<OrderItem, 'orderId' | 'GSI1PK'>): number | undefined {
  const [, number] = NUMBERED_PARTITION.exec(GSI1PK) ?? [];
  const partition = number === undefined ? undefined : Number(number);
  return partition !== undefined && isPartitionOf(orderId, partition) ? partition : undefined;
}

/** The key on GSI1 that an order must have, by the partition that it is in. */
function currentStatusKey(order: StatusKeySource & Pick<OrderItem, 'GSI1PK'>): StatusKey {
  const partition = numberOfPartition(order);
  return partition === undefined ? unnumberedStatusKey(order) : statusKeyIn(order, partition);
}

/**
 * The attributes that change with an order's status. The order keeps the number of its partition, so a writer of a status
 * need not know how many there are. An order without a number gets 0, which every reader reads.
 */
export const statusChange = (
  order: StatusKeySource & Pick<OrderItem, 'GSI1PK'>,
  status: OrderStatus,
): Pick<OrderItem, 'status'> & StatusKey => ({
  status,
  ...statusKeyIn({ ...order, status }, numberOfPartition(order) ?? 0),
});

/**
 * All partitions that a reader merges: the numbered ones, and the one that older orders are in.
 *
 * @param partitions How many have numbers. At least as many as for any order that was written.
 */
export const statusPartitions = (status: OrderStatus, partitions: number): readonly string[] => [
  ...Array.from({ length: partitions }, (_, partition) => numberedPartition(status, partition)),
  unnumberedPartition(status),
];

const TOTAL_DIGITS = 16;
/** LSI1's sort key: the order's total in minor units, zero-padded so that it sorts as a number. */
export const totalSortKey = (total: number): string => String(total).padStart(TOTAL_DIGITS, '0');
const TOTAL_SORT_KEY = new RegExp(`^\\d{${TOTAL_DIGITS}}$`);
const totalIn = (sortKey: string): number | undefined =>
  TOTAL_SORT_KEY.test(sortKey) ? Number(sortKey) : undefined;

/** The most lines that one order may have: its reservation and all of its skus fit one transaction of 100 actions. */
export const ORDER_LINES_MAX = 50;

/** The most pieces that one order may have, over all of its lines. */
export const ORDER_UNITS_MAX = ORDER_LINES_MAX * QUANTITY_MAX;

/** One line of an order, as it was priced when the order was placed. */
export const OrderLine = z.object({
  sku: Sku,
  name: line(300),
  category: line(100),
  quantity: Quantity,
  /** The price of the complete line, after any discount. */
  amount: MinorUnits,
});
export type OrderLine = z.infer<typeof OrderLine>;

/** Whom the order goes to. Personal data. */
export const shipToFields = {
  name: line(200),
  city: line(100),
  state: line(100).optional(),
  postalCode: line(20).optional(),
  region: line(100).optional(),
  country: line(100),
};
export const ShipTo = z.object(shipToFields);
export type ShipTo = z.infer<typeof ShipTo>;

/** What stands in the place of a text that was erased. */
export const ERASED = '(erased)';

/** Whom an order goes to after its user is forgotten. Country and region stay: revenue is summed up by them, and they name no person. */
export const erasedShipTo = ({ country, region }: Pick<ShipTo, 'country' | 'region'>): ShipTo => ({
  name: ERASED,
  city: ERASED,
  country,
  ...(region !== undefined && { region }),
});

/** Whether an order names no person, and no place smaller than a region. */
export const isErased = ({ name, city, state, postalCode }: ShipTo): boolean =>
  name === ERASED && city === ERASED && state === undefined && postalCode === undefined;

/** An order: `USER#userId` / `ORDER#orderId`, on GSI1 by status and on LSI1 by total. */
export const OrderItem = z
  .object({
    ...itemAttributes,
    entityType: z.literal('Order'),
    orderId: OrderId,
    userId: UserId,
    status: OrderStatus,
    lines: z.array(OrderLine).min(1).max(ORDER_LINES_MAX),
    total: MinorUnits,
    currency: Currency,
    shipTo: ShipTo,
    /** The id that an imported order has in the system it came from. */
    sourceId: line(100).optional(),
    GSI1PK: z.string(),
    GSI1SK: z.string(),
    LSI1SK: z.string(),
  })
  .superRefine((order, ctx) => {
    checkKey(order, orderKey(order.userId, order.orderId), ctx);
    const expected = currentStatusKey(order);
    checkDerived('GSI1PK', order.GSI1PK, expected.GSI1PK, ctx);
    checkDerived('GSI1SK', order.GSI1SK, expected.GSI1SK, ctx);
    // Every record of an order passes here, and to read a number takes a fraction of what it takes to write it.
    if (totalIn(order.LSI1SK) !== order.total)
      checkDerived('LSI1SK', order.LSI1SK, totalSortKey(order.total), ctx);
    checkDerived('total', order.total, sumOfAmounts(order.lines), ctx);
  });
export type OrderItem = z.infer<typeof OrderItem>;

const StatusKeyParts = z.object({
  orderId: OrderId,
  createdAt: Instant,
  status: OrderStatus,
  GSI1PK: z.string().catch(''),
  GSI1SK: z.string().catch(''),
});

/** The keys of an order's indices. Its partition on GSI1 stays, unless the order is in none. */
function derivedAttributes(item: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const order = read(StatusKeyParts, item).data;
  const total = read(MinorUnits, item['total']).data;
  const isPlaced = order !== undefined && currentStatusKey(order).GSI1PK === order.GSI1PK;
  return {
    ...(order && (isPlaced ? currentStatusKey(order) : statusKeyIn(order, numberOfPartition(order) ?? 0))),
    ...(total !== undefined && { LSI1SK: totalSortKey(total) }),
  };
}

export const orderEntity = {
  key,
  item: OrderItem,
  derived: derivedAttributes,
  writtenBy: ['api'],
  readBy: ['order-events', 'search-index'],
} as const satisfies Entity;

/** The sum of the lines' amounts, in minor units. @throws InvalidValueError when it is larger than an amount can be. */
export function orderTotal(lines: readonly Pick<OrderLine, 'amount'>[]): MinorUnits {
  return parse(MinorUnits, sumOfAmounts(lines));
}

/** The sum of the lines' amounts, also where it is too large for an amount: a schema that checks a total must not throw. */
export function sumOfAmounts(lines: readonly { readonly amount: number }[]): number {
  return lines.reduce((sum, line) => sum + line.amount, 0);
}

/** How many pieces an order has, over all of its lines. */
export function orderUnits(lines: readonly Pick<OrderLine, 'quantity'>[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}
