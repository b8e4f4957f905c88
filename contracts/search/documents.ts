import * as z from 'zod';
import { ORDER_LINES_MAX, OrderItem, OrderLine, ShipTo } from '../entities/order.ts';
import { ProductItem } from '../entities/product.ts';
import { UserItem } from '../entities/user.ts';
import { Instant } from '../ids.ts';
import { QUANTITY_MAX } from '../money.ts';

// Each field is named, so that an attribute that an item gains later, perhaps a private one, is not searched until it is
// added here and in the mapping, which a test compares with these schemas.
const order = OrderItem.shape;
const product = ProductItem.shape;
const user = UserItem.shape;

/** An order as it is searched. */
export const OrderDocument = z.object({
  orderId: order.orderId,
  userId: order.userId,
  status: order.status,
  total: order.total,
  currency: order.currency,
  units: z
    .int()
    .nonnegative()
    .max(ORDER_LINES_MAX * QUANTITY_MAX),
  lines: z.array(OrderLine),
  shipTo: ShipTo,
  sourceId: order.sourceId,
  createdAt: order.createdAt,
  updatedAt: order.updatedAt,
  version: order.version,
});
export type OrderDocument = z.infer<typeof OrderDocument>;

/**
 * A product as it is searched. An order moves its stock, and must not write the document each time: so it has only whether there
 * is any, and no version.
 */
export const ProductDocument = z.object({
  sku: product.sku,
  name: product.name,
  category: product.category,
  subCategory: product.subCategory,
  unitPrice: product.unitPrice,
  currency: product.currency,
  /** Whether a piece can still be ordered. */
  inStock: z.boolean(),
  createdAt: product.createdAt,
});
export type ProductDocument = z.infer<typeof ProductDocument>;

/** A user as it is searched: without private fields. */
export const UserDocument = z.object({
  userId: user.userId,
  name: user.name,
  segment: user.segment,
  /** A keyed hash of the address, which is not in the index. */
  emailHash: z.string(),
  createdAt: user.createdAt,
  updatedAt: user.updatedAt,
  version: user.version,
});
export type UserDocument = z.infer<typeof UserDocument>;

/** A heartbeat as the index holds it: when it was written to the table, and when to the index. */
export const HeartbeatDocument = z.object({ writtenAt: Instant, indexedAt: Instant });
export type HeartbeatDocument = z.infer<typeof HeartbeatDocument>;
