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
import { type SettingsOf, wholeNumber } from '../../contracts/settings.ts';
import { instantOf } from '../clock.ts';
import { putNew } from '../dynamodb/commit.ts';
import { isExpired } from '../dynamodb/expiry.ts';
import { OptimisticLockError } from '../dynamodb/optimistic-lock.ts';
import { batchGet, parseItem } from '../dynamodb/read-items.ts';
import { type WriteOnceDeps, type WriteOnceResult, writeOnce } from '../dynamodb/write-once.ts';
import {
  countOpenOrder,
  makeRoom,
  type OpenOrdersDeps,
  openOrdersSettings,
  TooManyOpenOrdersError,
} from '../limits/open-orders.ts';
import { InvalidRequestError, NotFoundError } from '../request-errors.ts';
import { newOrder } from './new-order.ts';
import { statusSpread } from './status-index.ts';

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

/**
 * Checks how many pieces of each sku the lines of an order have together.
 *
 * @param max 0 for any number.
 * @throws InvalidRequestError naming each line of a sku that has too many.
 */
export function checkPieces(asked: readonly AskedLine[], max: number): void {
  if (max === 0) return;
  const pieces = new Map<Sku, number>();
  for (const { sku, quantity } of asked) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity);
  const fields = asked.flatMap(({ sku }, index): ProblemField[] =>
    (pieces.get(sku) ?? 0) > max
      ? [
          {
            in: 'body',
            field: `/lines/${index}/quantity`,
            message: `makes more than ${max} pieces of one sku`,
          },
        ]
      : [],
  );
  if (fields.length > 0) throw new InvalidRequestError('The order has too many pieces.', fields);
}

const UserOrProduct = z.discriminatedUnion('entityType', [UserItem, ProductItem]);

export const createOrderSettings = {
  ...statusSpread,
  ...openOrdersSettings,
  /** The most pieces of one sku in an order that its user places; 0 for any number. */
  orderPiecesMax: () => wholeNumber(0),
};

export interface CreateOrderDeps
  extends WriteOnceDeps,
    OpenOrdersDeps,
    SettingsOf<typeof createOrderSettings> {
  /** A ULID of this time. */
  readonly newOrderId: (placedAt: Date) => OrderId;
}

export interface CreateOrderCommand {
  readonly userId: UserId;
  readonly body: CreateOrderBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
  /** The `sub` of the caller. */
  readonly caller: string;
  /** Whether the user places it, whose orders are limited. */
  readonly byOwner: boolean;
}

/** The place of the count of open orders among the writes, after the order. */
const COUNT_ACTION = 1;

/**
 * Places an order at the catalogue's prices. Stock is not checked: the stream's consumer reserves it, or rejects the order.
 *
 * @throws NotFoundError for an unknown user, or an expired one; InvalidRequestError naming each line that cannot be priced, or has too many pieces;
 * TooManyOpenOrdersError; IdempotencyKeyReusedError.
 */
export async function createOrder(
  deps: CreateOrderDeps,
  command: CreateOrderCommand,
): Promise<WriteOnceResult<OrderView>> {
  try {
    return await placeOrder(deps, command);
  } catch (error) {
    if (!(error instanceof TooManyOpenOrdersError) || !(await makeRoom(deps, command.userId))) throw error;
    return placeOrder(deps, command);
  }
}

function placeOrder(
  deps: CreateOrderDeps,
  { userId, body, idempotencyKey: key, caller, byOwner }: CreateOrderCommand,
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
    request: key && { caller, operation: 'create-order', resource: userId, key, body },
    responseSchema: OrderView,
    prepare: async () => {
      if (byOwner) checkPieces(body.lines, deps.orderPiecesMax);
      const priced = await pricedForUser(deps, userId, body);
      const order = newOrder({ ...identity, ...priced, shipTo: body.shipTo }, deps.statusPartitions);
      const isCounted = byOwner && deps.openOrdersMax > 0;
      return {
        writes: [
          putNew(deps.tableName, order),
          ...(isCounted ? [countOpenOrder(deps, order, placedAt)] : []),
        ],
        response: parse(OrderView, order),
        refusal: ({ failedActions }) =>
          isCounted && failedActions.has(COUNT_ACTION)
            ? new TooManyOpenOrdersError(deps.openOrdersMax)
            : new OptimisticLockError('The id of the new order is taken'),
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
