import { isDeepStrictEqual } from 'node:util';
import type { Version } from '../../../contracts/ids.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { type Clock, instantOf, systemClock } from '../../clock.ts';
import { type OrderStreamError, PermanentError } from '../../errors.ts';
import type { StreamChange } from '../../stream/stream-change.ts';
import type { StreamConsumer } from '../../stream/stream-consumer.ts';
import { ShadowAliases } from '../admin/shadow-aliases.ts';
import { type DocumentAddress, productDocument } from '../documents.ts';
import type { EmailHashSource } from '../email-hash.ts';
import { SearchUnavailableError } from '../errors.ts';
import { HEARTBEATS_INDEX } from '../index-names.ts';
import type { OpenSearchClient, Timeouts } from '../open-search.ts';
import {
  type BulkItemResult,
  type BulkOperation,
  bulkOperationOf,
  deleteOperation,
  failureOf,
  isAliasMissing,
  sendBulk,
  shadowed,
  shadowFailureOf,
} from './bulk.ts';
import { type HeartbeatWrite, heartbeatWriteOf, indexHeartbeats } from './heartbeats.ts';

/** The dependencies of a {@link SearchIndex}. */
export interface SearchIndexOptions {
  readonly client: OpenSearchClient;
  readonly emailHash: EmailHashSource;
  /** The time limit of one `_bulk` request; 10 s by default. */
  readonly requestTimeoutMs?: number;
  /** How long its knowledge of shadow indices is valid; {@link SHADOW_AGE_MS_MAX} by default. */
  readonly shadowAgeMsMax?: number;
  /** The clock for the time at which a heartbeat is indexed; the machine's clock by default. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** The result of one operation and of the same operation on the shadow index; or of a heartbeat. */
interface Written {
  readonly failure: OrderStreamError | undefined;
}

/** The default time limit of one `_bulk` request. */
export const REQUEST_TIMEOUT_MS = 10_000;
const OPERATIONS_MAX = 1_000;
/**
 * OpenSearch works best with a few megabytes a request, and the smallest AWS domains refuse more than 10 MiB. Twice this size,
 * with a shadow index, stays below.
 */
const BODY_BYTES_MAX = 5_000_000;
/** One request is sent while the other one waits for its response. */
const REQUESTS_MAX = 2;

/**
 * Keeps the search index consistent with the table: one document for each order, product and user, under the version of the item that
 * it was made of.
 *
 * Where the index has a shadow index, each write goes to both, and succeeds when both have it.
 *
 * Any change may arrive twice, late or out of order: the index compares versions and keeps the newest. A removal is
 * remembered for `index.gc_deletes`, through a crash too, but not through a restart after a flush: only the shard and its
 * translog hold it. A document that an older write then restores is found by comparing the index with the table.
 */
export class SearchIndex {
  readonly #client: OpenSearchClient;
  readonly #emailHash: EmailHashSource;
  readonly #requestTimeoutMs: number;
  readonly #shadows: ShadowAliases;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #batcher: RequestBatcher<BulkOperation | HeartbeatWrite, Written>;

  constructor({
    client,
    emailHash,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    shadowAgeMsMax,
    clock = systemClock,
  }: SearchIndexOptions) {
    this.#client = client;
    this.#emailHash = emailHash;
    this.#clock = clock;
    this.#shadows = new ShadowAliases({ client, ageMsMax: shadowAgeMsMax });
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#batcher = new RequestBatcher({
      send: (entries, signal) => this.#send(entries, signal),
      entriesMax: OPERATIONS_MAX,
      bytesMax: BODY_BYTES_MAX,
      bytesOf: (entry) => (entry.kind === 'heartbeat' ? 0 : Buffer.byteLength(entry.ndjson)),
      concurrencyMax: REQUESTS_MAX,
    });
  }

  /**
   * Applies `change` to the index; does nothing for an item that is not searched. Changes that
   * are submitted at the same time share a `_bulk` request, and a signal that aborts ends the request for all of them.
   * A heartbeat is indexed after the changes of its batch, and not at all where one of them failed transiently.
   *
   * @throws SearchUnavailableError, SearchIndexMissingError, EmailHashKeyError, OutOfTimeError: transient.
   * @throws SinkRefusedError when the mapping refuses the document: permanent.
   */
  async handle(change: StreamChange, signal: AbortSignal): Promise<void> {
    // All changes wait for the key, also those that need none, so that they share a request and a heartbeat does not overtake a user.
    const hashEmail = await this.#emailHash();
    const operation = heartbeatWriteOf(change) ?? bulkOperationOf(change, hashEmail);
    if (operation !== undefined) await this.#apply(operation, signal);
  }

  /**
   * Deletes the document of an item that the table no longer holds, where only its address and the version of its removal
   * are known. Fails as {@link handle} does.
   */
  remove(address: DocumentAddress, version: Version, signal: AbortSignal): Promise<void> {
    return this.#apply(deleteOperation(address, version), signal);
  }

  async #apply(operation: BulkOperation | HeartbeatWrite, signal: AbortSignal): Promise<void> {
    const { failure } = await this.#batcher.submit(operation, signal);
    if (failure !== undefined) throw failure;
  }

  async #send(
    entries: readonly (BulkOperation | HeartbeatWrite)[],
    signal: AbortSignal,
  ): Promise<readonly Written[]> {
    const timeouts = { timeoutMs: this.#requestTimeoutMs, signals: [signal] };
    const operations = entries.filter((entry) => entry.kind !== 'heartbeat');
    const heartbeats = entries.filter((entry) => entry.kind === 'heartbeat');
    const written = operations.length === 0 ? [] : await this.#write(operations, timeouts);
    const isLagging = written.some(({ failure }) => failure && !(failure instanceof PermanentError));
    const indexed =
      isLagging || heartbeats.length === 0 ? [] : await this.#indexHeartbeats(heartbeats, timeouts);
    const failures = new Map<BulkOperation | HeartbeatWrite, OrderStreamError | undefined>([
      ...operations.map((operation, at) => [operation, written[at]?.failure] as const),
      ...heartbeats.map((heartbeat, at) => [heartbeat, indexed[at]] as const),
    ]);
    return entries.map((entry) => ({ failure: failures.get(entry) }));
  }

  #indexHeartbeats(
    heartbeats: readonly HeartbeatWrite[],
    timeouts: Timeouts,
  ): Promise<readonly (OrderStreamError | undefined)[]> {
    return indexHeartbeats(this.#client, heartbeats, instantOf(this.#clock.now()), timeouts);
  }

  async #write(operations: readonly BulkOperation[], timeouts: Timeouts): Promise<readonly Written[]> {
    const shadowedNames = await this.#shadows.names(timeouts);
    const copied = operations.filter(({ index }) => index !== HEARTBEATS_INDEX && shadowedNames.has(index));
    // In one request, whose aliases OpenSearch looks up at one moment: a swap cannot come between the two.
    const results = await sendBulk(this.#client, [...operations, ...copied.map(shadowed)], timeouts);
    const ofShadows = new Map(copied.map((operation, at) => [operation, results[operations.length + at]]));
    return operations.map((operation, at) => {
      const shadow = ofShadows.get(operation);
      if (shadow !== undefined && isAliasMissing(shadow)) this.#shadows.forget();
      return { failure: failureOfBoth(results[at], shadow) };
    });
  }
}

function failureOfBoth(
  result: BulkItemResult | undefined,
  shadow: BulkItemResult | undefined,
): OrderStreamError | undefined {
  const failure = result === undefined ? missingResult() : failureOf(result);
  return failure ?? (shadow && shadowFailureOf(shadow));
}

const missingResult = (): SearchUnavailableError =>
  new SearchUnavailableError('OpenSearch returned fewer results than operations');

/** A complete batch at once, so that it fits one `_bulk` request. */
const ITEMS_AT_ONCE_MAX = 1_000;

/** The consumer that keeps the search index consistent with the table. */
export function searchIndexConsumer(index: Pick<SearchIndex, 'handle'>): StreamConsumer {
  return {
    name: 'search-index',
    delivery: 'newest-change',
    concurrencyMax: ITEMS_AT_ONCE_MAX,
    changesNothing: leavesDocument,
    handle: (change, signal) => index.handle(change, signal),
  };
}

/**
 * Whether the item's document is the same before and after a change, as that of a product is for most orders. Never for an order or a
 * user, whose documents have the version, and never without an old image. An event filter cannot compare two images.
 */
function leavesDocument(change: StreamChange): boolean {
  if (change.kind !== 'MODIFY' || change.oldItem === undefined) return false;
  const { oldItem, newItem } = change;
  if (oldItem.entityType !== 'Product' || newItem.entityType !== 'Product') return false;
  return isDeepStrictEqual(productDocument(newItem), productDocument(oldItem));
}
