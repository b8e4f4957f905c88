import type { CreateProductsAnswer, CreateProductsBody } from '../../contracts/api/batch.ts';
import { countOutcomes } from '../batch/count-outcomes.ts';
import { type InsertItemsDeps, insertItems } from '../batch/insert-items.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import { newProduct } from './new-product.ts';

export interface CreateProductsDeps extends InsertItemsDeps {
  readonly clock: Clock;
}

/**
 * Creates products, each by itself and without any stock; one that exists stays as it is. What is not done when `signal` is aborted is told as failed.
 *
 * @throws the SDK's own error when a request can never go through.
 */
export async function createProducts(
  deps: CreateProductsDeps,
  { products }: CreateProductsBody,
  signal: AbortSignal,
): Promise<CreateProductsAnswer> {
  const now = instantOf(deps.clock.now());
  const items = products.map((body) => newProduct(body, now, deps.clock.firstVersion()));
  const inserted = await insertItems(deps, items, signal);
  return {
    results: inserted.map(({ item, outcome }, index) => ({ index, sku: item.sku, ...outcome })),
    counts: countOutcomes(inserted.map(({ outcome }) => outcome)),
  };
}
