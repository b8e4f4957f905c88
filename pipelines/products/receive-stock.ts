import type { IdempotencyKey } from '../../contracts/api/parameters.ts';
import { ProductView, type ReceiveStockBody } from '../../contracts/api/products.ts';
import { lowStockPartition, PIECES_MAX, ProductItem, productKey } from '../../contracts/entities/product.ts';
import { type Sku, versionAfter } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { instantOf } from '../clock.ts';
import { updateItem } from '../dynamodb/commit.ts';
import { OptimisticLockError } from '../dynamodb/optimistic-lock.ts';
import { readItem } from '../dynamodb/read-items.ts';
import {
  type PreparedWrite,
  type WriteOnceDeps,
  type WriteOnceResult,
  writeOnce,
} from '../dynamodb/write-once.ts';
import { ConflictError, NotFoundError } from '../request-errors.ts';

/** More would have been received of the product than can be counted. */
export class StockLimitError extends ConflictError {
  readonly code = 'stock-limit';
  readonly remedy = `At most ${PIECES_MAX} pieces of a product can be received: continue with another sku.`;

  constructor() {
    super('More would be received of the product than may be.');
  }
}

export interface ReceiveStockDeps extends WriteOnceDeps {
  readonly tableName: string;
}

export interface ReceiveStockCommand {
  readonly sku: Sku;
  readonly body: ReceiveStockBody;
  readonly idempotencyKey: IdempotencyKey | undefined;
  /** The `sub` of the caller. */
  readonly caller: string;
}

/**
 * Adds pieces that arrived to a product's stock. Without an idempotency key, a request that comes twice adds twice.
 *
 * @returns the product after this receipt: the write is made only where the product still is as it was read.
 * @throws NotFoundError where there is no such product; StockLimitError; OptimisticLockError when every attempt had a conflict; IdempotencyKeyReusedError.
 */
export function receiveStock(
  deps: ReceiveStockDeps,
  { sku, body, idempotencyKey: key, caller }: ReceiveStockCommand,
): Promise<WriteOnceResult<ProductView>> {
  return writeOnce(deps, {
    request: key && { caller, operation: 'receive-stock', resource: sku, key, body },
    responseSchema: ProductView,
    prepare: () => prepareReceipt(deps, sku, body),
  });
}

async function prepareReceipt(
  deps: ReceiveStockDeps,
  sku: Sku,
  { quantity }: ReceiveStockBody,
): Promise<PreparedWrite<ProductView>> {
  const { tableName, clock } = deps;
  const read = await readItem(deps.dynamoDb, { tableName, key: productKey(sku), schema: ProductItem });
  if (read === undefined) throw new NotFoundError('product');
  // The stock is part of what was received; an item that violates this already must not be made worse.
  if (Math.max(read.received, read.stock) + quantity > PIECES_MAX) throw new StockLimitError();
  const next: ProductItem = {
    ...read,
    stock: read.stock + quantity,
    received: read.received + quantity,
    GSI2PK: lowStockPartition(sku, read.stock + quantity),
    version: versionAfter(read.version),
    updatedAt: instantOf(clock.now()),
  };
  return {
    writes: [updateItem(tableName, read, next)],
    response: parse(ProductView, next),
    refusal: () => new OptimisticLockError('The product changed while stock was received'),
  };
}
