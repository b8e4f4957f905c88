import * as z from 'zod';
import type { IdempotencyKey } from '../../contracts/api/idempotency-key.ts';
import { type CreateOrderBody, OrderView } from '../../contracts/api/orders.ts';
import type { OrderId, UserId } from '../../contracts/ids.ts';
import { ProductItem } from '../../contracts/items/product.ts';
import { UserItem } from '../../contracts/items/user.ts';
import { productKey, userKey } from '../../contracts/keys.ts';
import { parse } from '../../contracts/reading.ts';
import { batchGet } from '../core/batch-get.ts';
import { instantOf } from '../core/clock.ts';
import { putNew } from '../core/commit.ts';
import { isExpired } from '../core/expiry.ts';
import { LostRaceError } from '../core/lost-race.ts';
import { parseItem } from '../core/read-item.ts';
import { NotFoundError } from '../core/request-errors.ts';
import { type Answered, type WriteOnceDeps, writeOnce } from '../idempotency/write-once.ts';
import { newOrder } from './new-order.ts';
import { type PricedLines, priceLines } from './price-lines.ts';

const UserOrProduct = z.discriminatedUnion('entityType', [UserItem, ProductItem]);

export interface CreateOrderDeps extends WriteOnceDeps {
  readonly tableName: string;
  /** A ULID of this time. */
  readonly newOrderId: (placedAt: Date) => OrderId;
}

export interface CreateOrderCommand {
  readonly userId: UserId;
  readonly body: CreateOrderBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
}

/**
 * Places an order at the catalogue's prices. Stock is not looked at: the stream's consumer reserves it, or rejects the order.
 *
 * @throws NotFoundError for an unknown user, or one whose time is up; InvalidRequestError naming each line that cannot be priced; IdempotencyKeyReusedError.
 */
export function createOrder(
  deps: CreateOrderDeps,
  { userId, body, idempotencyKey: key }: CreateOrderCommand,
): Promise<Answered<OrderView>> {
  const placedAt = deps.clock.now();
  const createdAt = instantOf(placedAt);
  // Made once for all tries, so that a put that is sent twice is the same put.
  const identity = {
    orderId: deps.newOrderId(placedAt),
    userId,
    createdAt,
    updatedAt: createdAt,
    version: deps.clock.firstVersion(),
  };
  return writeOnce(deps, {
    request: key && { operation: 'create-order', resource: userId, key, body },
    answerSchema: OrderView,
    prepare: async () => {
      const priced = await pricedForUser(deps, userId, body);
      const order = newOrder({ ...identity, ...priced, shipTo: body.shipTo });
      return {
        writes: [putNew(deps.tableName, order)],
        answer: parse(OrderView, order),
        refusal: () => new LostRaceError('The id of the new order is taken'),
      };
    },
  });
}

async function pricedForUser(
  { dynamoDb, tableName, clock }: CreateOrderDeps,
  userId: UserId,
  { lines }: CreateOrderBody,
): Promise<PricedLines> {
  const skus = [...new Set(lines.map(({ sku }) => sku))];
  const found = await batchGet(dynamoDb, tableName, [userKey(userId), ...skus.map(productKey)]);
  const items = found.map((item) => parseItem(UserOrProduct, item));
  const user = items.find((item) => item.entityType === 'User');
  if (user === undefined || isExpired(user, clock.now())) throw new NotFoundError('user');
  const products = items.filter((item) => item.entityType === 'Product');
  return priceLines(lines, new Map(products.map((product) => [product.sku, product])));
}
