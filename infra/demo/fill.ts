import pLimit from 'p-limit';
import * as z from 'zod';
import { BatchCounts } from '../../contracts/api/batch.ts';
import { parse } from '../../contracts/reading.ts';
import { inChunks } from '../../pipelines/dynamodb/batches.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import type { LocalSystem } from '../local/local-system.ts';
import { Api } from './api.ts';
import type { Progress } from './progress.ts';
import type { Superstore, SuperstoreProduct } from './superstore.ts';

const CALLS_AT_ONCE = 8;
/** Small enough that a batch shows as progress, and is done in its time on a machine that is busy. */
const BATCH_ENTRIES = 25;
/** Every so many products one is received short, so that some orders have to be rejected. */
const SHORT_EVERY = 60;

const BatchAnswer = z.object({ counts: BatchCounts });

type Target = Pick<LocalSystem, 'apiUrl' | 'token'>;

/** The API did not create each entry of a batch. */
export class ShopNotOpenedError extends OrderStreamError {
  readonly code = 'shop-not-opened';
  readonly remedy = "Look for what failed in the local system's log.";
}

/**
 * Creates the customers and the products with their stock, by the API.
 *
 * @throws UnexpectedAnswerError when the API refuses; ShopNotOpenedError when it could not create all.
 */
export async function openShop(
  system: Target,
  { customers, products }: Superstore,
  progress: Progress,
): Promise<void> {
  const api = await Api.of(system);
  await createAll(api, 'users', customers, 'Creating customers', progress);
  const described = products.map(({ quantityOrdered, ...product }) => product);
  await createAll(api, 'products', described, 'Creating products', progress);
  await forEach(products, 'Receiving stock', progress, CALLS_AT_ONCE, ({ sku, quantityOrdered }, index) => {
    const quantity = receivedOf(quantityOrdered, index);
    return api.call('POST', `/products/${encodeURIComponent(sku)}/receipts`, { quantity }, `demo-${sku}`);
  });
}

async function createAll(
  api: Api,
  resource: 'users' | 'products',
  entries: readonly object[],
  step: string,
  progress: Progress,
): Promise<void> {
  const bar = progress(step, entries.length);
  try {
    await inChunks(entries, BATCH_ENTRIES, async (batch) => {
      const answer = await api.call('POST', `/batch/${resource}`, { [resource]: batch });
      const { counts } = parse(BatchAnswer, answer);
      if (counts.failed > 0) throw new ShopNotOpenedError(`${counts.failed} ${resource} were not created`);
      return batch.map(() => bar.advance());
    });
  } finally {
    bar.end();
  }
}

const receivedOf = (quantityOrdered: SuperstoreProduct['quantityOrdered'], index: number): number =>
  index % SHORT_EVERY === 0 ? Math.max(1, Math.floor(quantityOrdered / 2)) : quantityOrdered;

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
