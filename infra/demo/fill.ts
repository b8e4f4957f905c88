import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import pLimit from 'p-limit';
import { ulid } from 'ulid';
import * as z from 'zod';
import { BatchCounts } from '../../contracts/api/batch.ts';
import { ProductView } from '../../contracts/api/products.ts';
import { UserId } from '../../contracts/ids.ts';
import { verifiedAddressKey } from '../../contracts/order-mails/mailbox-items.ts';
import { parse } from '../../contracts/reading.ts';
import { instantOf } from '../../pipelines/clock.ts';
import { inChunks } from '../../pipelines/dynamodb/batches.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { addressHash } from '../../pipelines/order-mails/address-hash.ts';
import type { LocalSystem } from '../local/system/local-system.ts';
import { Api } from './api.ts';
import { ImportIncompleteError, KILLED_TIMEOUT_MS, putOrders, untilImported } from './import-orders.ts';
import type { Progress } from './progress.ts';
import { type Superstore, type SuperstoreProduct, superstoreSlice } from './superstore.ts';

const CALLS_AT_ONCE = 8;
/** Small enough that the progress is visible, and that a batch ends within its timeout on a busy machine. */
const BATCH_ENTRIES = 25;
const SHORT_EVERY = 60;

const BatchResponse = z.object({ counts: BatchCounts });

type Target = Pick<LocalSystem, 'apiUrl' | 'token' | 'names'> & {
  readonly clients: Pick<LocalSystem['clients'], 'dynamoDb'>;
};

/** The API did not create every entry of a batch. */
export class ShopNotOpenedError extends OrderStreamError {
  readonly code = 'shop-not-opened';
  readonly remedy = "Search for the error in the local system's log.";
}

/**
 * Creates the customers and the products with their stock, through the API. Repeated, also with other orders, it adds only what is missing.
 *
 * @throws UnexpectedResponseError if the API refuses a request; ShopNotOpenedError if it did not create all entries; another error
 * once `signal` has aborted.
 */
export async function openShop(
  system: Target,
  { customers, products }: Superstore,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const api = await Api.of(system, signal);
  await createAll(api, 'users', customers, 'Creating customers', progress);
  await verifyAddresses(system, customers, progress, signal);
  const described = products.map(({ quantityOrdered, ...product }) => product);
  const existing = await createAll(api, 'products', described, 'Creating products', progress);
  const isNew = existing === 0;
  await forEach(products, 'Receiving stock', progress, CALLS_AT_ONCE, ({ sku, quantityOrdered }, index) =>
    receiveUpTo(api, { sku, wanted: wantedOf(quantityOrdered, index), isNew }),
  );
}

interface Receiving {
  readonly sku: string;
  readonly wanted: number;
  /** Whether the product has received nothing yet. */
  readonly isNew: boolean;
}

/** Receives what a product lacks of so many pieces received: kept data may have some from an earlier time. */
async function receiveUpTo(api: Api, { sku, wanted, isNew }: Receiving): Promise<void> {
  const path = `/products/${encodeURIComponent(sku)}`;
  const received = isNew
    ? 0
    : parse(ProductView, await api.repeat('GET', `${path}?consistent=true`)).received;
  if (received >= wanted) return;
  // One key has one body: the quantity follows from the two numbers.
  const key = `demo-${sku}-${received}-${wanted}`;
  await api.repeat('POST', `${path}/receipts`, { quantity: wanted - received }, key);
}

/**
 * Fills a system with some orders of the sample data, their customers and their products. Throws the errors of {@link openShop} and
 * {@link untilImported}, and ImportIncompleteError for a failed import.
 */
export async function fillWithSample(
  system: LocalSystem,
  orders: number,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const superstore = await superstoreSlice(orders);
  await openShop(system, superstore, progress, signal);
  const bar = progress('Importing orders', 1);
  try {
    // A key of its own: a system with kept data may have the report of an earlier one.
    const key = `imports/sample-${ulid()}.csv.gz`;
    await putOrders(system, superstore, key, signal);
    const report = await untilImported(system, key, { stallMs: KILLED_TIMEOUT_MS, signal });
    if (report.status === 'failed') throw new ImportIncompleteError(`The import failed: ${report.reason}`);
    bar.advance();
  } finally {
    bar.end();
  }
}

/** Verifies the customers' addresses, as if each had entered the code of a mail. Without order mails there is nothing to verify. */
async function verifyAddresses(
  { clients, names }: Target,
  customers: Superstore['customers'],
  progress: Progress,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { MailboxTable: TableName } = names;
  if (TableName === undefined) return;
  const verifiedAt = instantOf(new Date());
  await forEach(customers, 'Verifying addresses', progress, CALLS_AT_ONCE, ({ userId, email }) =>
    clients.dynamoDb.send(
      new PutItemCommand({
        TableName,
        Item: marshall({
          ...verifiedAddressKey(parse(UserId, userId)),
          addressHash: addressHash(email),
          verifiedAt,
        }),
      }),
      signal && { abortSignal: signal },
    ),
  );
}

/** Creates entries. @returns how many existed already. @throws ShopNotOpenedError */
async function createAll(
  api: Api,
  resource: 'users' | 'products',
  entries: readonly object[],
  step: string,
  progress: Progress,
): Promise<number> {
  let existing = 0;
  const bar = progress(step, entries.length);
  try {
    await inChunks(entries, BATCH_ENTRIES, async (batch) => {
      const response = await api.repeat('POST', `/batch/${resource}`, { [resource]: batch });
      const { counts } = parse(BatchResponse, response);
      if (counts.failed > 0) throw new ShopNotOpenedError(`${counts.failed} ${resource} were not created`);
      existing += counts.alreadyExists;
      return batch.map(() => bar.advance());
    });
    return existing;
  } finally {
    bar.end();
  }
}

/** Whether the product at this place has insufficient stock, so that some orders are rejected. */
export const isShort = (index: number): boolean => index % SHORT_EVERY === 0;

const wantedOf = (quantityOrdered: SuperstoreProduct['quantityOrdered'], index: number): number =>
  isShort(index) ? Math.max(1, Math.floor(quantityOrdered / 2)) : quantityOrdered;

/** Runs `task` for each of `things`, with up to `atOnce` in parallel, and shows the progress. Those that wait when one fails do not start. */
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
    limit.clearQueue();
    bar.end();
  }
}
