import pLimit from 'p-limit';
import type { LocalSystem } from '../local-system.ts';
import { Api } from './api.ts';
import type { Progress } from './progress.ts';
import type { Superstore, SuperstoreProduct } from './superstore.ts';

const CALLS_AT_ONCE = 8;
/** Every so many products one is received short, so that some orders have to be rejected. */
const SHORT_EVERY = 60;

type Target = Pick<LocalSystem, 'apiUrl' | 'token'>;

/** Creates the customers and the products with their stock, by the API. */
export async function openShop(
  system: Target,
  { customers, products }: Superstore,
  progress: Progress,
): Promise<void> {
  const api = await Api.of(system);
  await forEach(
    customers,
    'Creating customers',
    progress,
    CALLS_AT_ONCE,
    ({ userId, name, email, segment }) =>
      api.call('POST', '/users', { userId, name, email, segment }, `demo-${userId}`),
  );
  await forEach(
    products,
    'Receiving stock',
    progress,
    CALLS_AT_ONCE,
    async ({ demand, ...product }, index) => {
      await api.call('POST', '/products', product, `demo-${product.sku}`);
      const quantity = receivedOf(demand, index);
      await api.call(
        'POST',
        `/products/${encodeURIComponent(product.sku)}/receipts`,
        { quantity },
        `demo-${product.sku}`,
      );
    },
  );
}

const receivedOf = (demand: SuperstoreProduct['demand'], index: number): number =>
  index % SHORT_EVERY === 0 ? Math.max(1, Math.floor(demand / 2)) : demand;

/** Runs `task` for each of `things`, bounded, and shows how far it is. */
export async function forEach<Thing>(
  things: readonly Thing[],
  step: string,
  progress: Progress,
  atOnce: number,
  task: (thing: Thing, index: number) => Promise<unknown>,
): Promise<void> {
  const bar = progress(step, things.length);
  const limit = pLimit(atOnce);
  try {
    await Promise.all(
      things.map((thing, index) =>
        limit(async () => {
          await task(thing, index);
          bar.advance();
        }),
      ),
    );
  } finally {
    bar.end();
  }
}
