import * as z from 'zod';
import { type CreateOrderBody, OrderView } from '../../contracts/api/orders.ts';
import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import type { ProblemField } from '../../contracts/api/problem.ts';
import type { OrderLine } from '../../contracts/entities/order.ts';
import { ProductItem, productKey } from '../../contracts/entities/product.ts';
import { UserItem, userKey } from '../../contracts/entities/user.ts';
import type { OrderId, Sku, UserId } from '../../contracts/ids.ts';
import { type Currency, MINOR_UNITS_MAX, MinorUnits } from '../../contracts/money.ts';
import { parse } from '../../contracts/reading.ts';
import { instantOf } from '../clock.ts';
import { putNew } from '../dynamodb/commit.ts';
import { isExpired } from '../dynamodb/expiry.ts';
import { OptimisticLockError } from '../dynamodb/optimistic-lock.ts';
import { batchGet, parseItem } from '../dynamodb/read-items.ts';
import { type WriteOnceDeps, type WriteOnceResult, writeOnce } from '../dynamodb/write-once.ts';
import { InvalidRequestError, NotFoundError } from '../request-errors.ts';
import { newOrder } from './new-order.ts';
import type { StatusSpread } from './status-index.ts';

type AskedLine = CreateOrderBody['lines'][number];

/** The lines of an order at the catalogue's prices, all in one currency. */
interface PricedLines {
  readonly lines: readonly OrderLine[];
  readonly currency: Currency;
}

/**
 * Prices the lines of an order. Two lines of one sku stay two lines.
 *
 * @throws InvalidRequestError naming each line whose sku the catalogue does not have or has in another currency than the
 * first one, and the line with which the total becomes larger than an amount can be.
 */
export function priceLines(
  asked: readonly AskedLine[],
  catalogue: ReadonlyMap<Sku, ProductItem>,
): PricedLines {
  const refused: ProblemField[] = [];
  const lines: OrderLine[] = [];
  let currency: Currency | undefined;
  let total = 0;
  for (const [index, { sku, quantity }] of asked.entries()) {
    const product = catalogue.get(sku);
    currency ??= product?.currency;
    if (product === undefined) {
      refused.push(refusedSku(index, 'is not in the catalogue'));
    } else if (product.currency !== currency) {
      refused.push(refusedSku(index, `is priced in ${product.currency}, not in ${currency}`));
    } else if (total + product.unitPrice * quantity <= MINOR_UNITS_MAX) {
      const amount = parse(MinorUnits, product.unitPrice * quantity);
      total += amount;
      lines.push({ sku, name: product.name, category: product.category, quantity, amount });
    } else {
      refused.push({ in: 'body', field: `/lines/${index}/quantity`, message: 'makes the total too large' });
    }
  }
  if (refused.length > 0 || currency === undefined) {
    throw new InvalidRequestError('The catalogue cannot price the order.', refused);
  }
  return { lines, currency };
}

const refusedSku = (index: number, message: string): ProblemField => ({
  in: 'body',
  field: `/lines/${index}/sku`,
  message,
});

const UserOrProduct = z.discriminatedUnion('entityType', [UserItem, ProductItem]);

export interface CreateOrderDeps extends WriteOnceDeps, StatusSpread {
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
 * Places an order at the catalogue's prices. Stock is not checked: the stream's consumer reserves it, or rejects the order.
 *
 * @throws NotFoundError for an unknown user, or an expired one; InvalidRequestError naming each line that cannot be priced; IdempotencyKeyReusedError.
 */
export function createOrder(
  deps: CreateOrderDeps,
  { userId, body, idempotencyKey: key }: CreateOrderCommand,
): Promise<WriteOnceResult<OrderView>> {
  const placedAt = deps.clock.now();
  const createdAt = instantOf(placedAt);
  // Made once for all attempts, so that a put that is sent twice is the same put.
  const identity = {
    orderId: deps.newOrderId(placedAt),
    userId,
    createdAt,
    updatedAt: createdAt,
    version: deps.clock.firstVersion(),
  };
  return writeOnce(deps, {
    request: key && { operation: 'create-order', resource: userId, key, body },
    responseSchema: OrderView,
    prepare: async () => {
      const priced = await pricedForUser(deps, userId, body);
      const order = newOrder({ ...identity, ...priced, shipTo: body.shipTo }, deps.statusPartitions);
      return {
        writes: [putNew(deps.tableName, order)],
        response: parse(OrderView, order),
        refusal: () => new OptimisticLockError('The id of the new order is taken'),
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
