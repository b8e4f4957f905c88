import type { Version } from '../../../contracts/ids.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { type Clock, instantOf, systemClock } from '../../clock.ts';
import { type OrderStreamError, PermanentError } from '../../errors.ts';
import type { StreamChange } from '../../stream/stream-change.ts';
import type { StreamConsumer } from '../../stream/stream-consumer.ts';
import { ShadowAliases } from '../admin/shadow-aliases.ts';
import type { DocumentAddress } from '../documents.ts';
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

/** What a {@link SearchIndex} is made of. */
export interface SearchIndexOptions {
  readonly client: OpenSearchClient;
  /** How long one `_bulk` request may take in all; 10 s unless told. */
  readonly requestTimeoutMs?: number;
  /** For how long it counts on what it knows of mirrors; {@link MIRROR_AGE_MS_MAX} unless told. */
  readonly shadowAgeMsMax?: number;
  /** What tells when a heartbeat was written; the machine's clock unless told. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** What became of one operation, and of its twin on the mirror; or of a heartbeat. */
interface Written {
  readonly failure: OrderStreamError | undefined;
}

/** How long one `_bulk` request may take in all, unless told otherwise. */
export const REQUEST_TIMEOUT_MS = 10_000;
const OPERATIONS_MAX = 1_000;
/**
 * OpenSearch works best with a few megabytes a request, and the smallest AWS domains refuse more than 10 MiB: what twice as much,
 * with a mirror, stays below.
 */
const BODY_BYTES_MAX = 5_000_000;
/** One request is written while the answer to the other is waited for. */
const REQUESTS_MAX = 2;

/**
 * Keeps the search index where the table is: one document for each order, product and user, under the item's version.
 *
 * Where the index has a mirror, each write goes to both, and counts when both have it.
 *
 * Any change may come twice, late or out of order: the index compares versions and keeps the newest. A removal is
 * remembered for `index.gc_deletes`, through a crash too, but not through a restart after a flush: the memory of it is the
 * shard's own and its translog's. What an older write then brings back is found by comparing the index with the table.
 */
export class SearchIndex {
  readonly #client: OpenSearchClient;
  readonly #requestTimeoutMs: number;
  readonly #shadows: ShadowAliases;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #batcher: RequestBatcher<BulkOperation | HeartbeatWrite, Written>;

  constructor({
    client,
    requestTimeoutMs = REQUEST_TIMEOUT_MS,
    shadowAgeMsMax,
    clock = systemClock,
  }: SearchIndexOptions) {
    this.#client = client;
    this.#clock = clock;
    this.#shadows = new ShadowAliases({ client, ageMsMax: shadowAgeMsMax });
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#batcher = new RequestBatcher({
      send: (entries, signal) => this.#send(entries, signal),
      entriesMax: OPERATIONS_MAX,
      bytesMax: BODY_BYTES_MAX,
      bytesOf: (entry) => (entry.kind === 'beat' ? 0 : Buffer.byteLength(entry.ndjson)),
      concurrencyMax: REQUESTS_MAX,
    });
  }

  /**
   * Brings the index to where `change` has brought the table; does nothing for an item that is not searched. Changes that
   * are handed in at the same time share a `_bulk` request, and a signal that aborts ends the request for all of them.
   * A heartbeat goes into the index after what it came with, and not at all where the index did not take that yet.
   *
   * @throws SearchUnavailableError, SearchIndexMissingError, OutOfTimeError: transient.
   * @throws SinkRefusedError when the mapping refuses the document: permanent.
   */
  async handle(change: StreamChange, signal: AbortSignal): Promise<void> {
    const operation = heartbeatWriteOf(change) ?? bulkOperationOf(change);
    if (operation !== undefined) await this.#apply(operation, signal);
  }

  /**
   * Takes the document of an item out of the index that is no more in the table, where nothing but its address and the
   * version of its removal is known. Fails as {@link handle} does.
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
    const operations = entries.filter((entry) => entry.kind !== 'beat');
    const heartbeats = entries.filter((entry) => entry.kind === 'beat');
    const written = operations.length === 0 ? [] : await this.#write(operations, timeouts);
    const isBehind = written.some(({ failure }) => failure && !(failure instanceof PermanentError));
    const indexed = isBehind || heartbeats.length === 0 ? [] : await this.#beat(heartbeats, timeouts);
    const failures = new Map<BulkOperation | HeartbeatWrite, OrderStreamError | undefined>([
      ...operations.map((operation, at) => [operation, written[at]?.failure] as const),
      ...heartbeats.map((beat, at) => [beat, indexed[at]] as const),
    ]);
    return entries.map((entry) => ({ failure: failures.get(entry) }));
  }

  #beat(
    heartbeats: readonly HeartbeatWrite[],
    timeouts: Timeouts,
  ): Promise<readonly (OrderStreamError | undefined)[]> {
    return indexHeartbeats(this.#client, heartbeats, instantOf(this.#clock.now()), timeouts);
  }

  async #write(operations: readonly BulkOperation[], timeouts: Timeouts): Promise<readonly Written[]> {
    const shadowedNames = await this.#shadows.names(timeouts);
    const again = operations.filter(({ index }) => index !== HEARTBEATS_INDEX && shadowedNames.has(index));
    // In one request, whose aliases OpenSearch looks up at one moment: a swap cannot come between the two.
    const results = await sendBulk(this.#client, [...operations, ...again.map(shadowed)], timeouts);
    const ofShadows = new Map(again.map((operation, at) => [operation, results[operations.length + at]]));
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
  const failure = result === undefined ? unanswered() : failureOf(result);
  return failure ?? (shadow && shadowFailureOf(shadow));
}

const unanswered = (): SearchUnavailableError =>
  new SearchUnavailableError('OpenSearch answered fewer operations than it was sent');

/** A whole batch at once, so that it travels in one `_bulk` request. */
const ITEMS_AT_ONCE_MAX = 1_000;

/** The consumer that keeps the search index where the table is. */
export function searchIndexConsumer(index: Pick<SearchIndex, 'handle'>): StreamConsumer {
  return {
    name: 'search-index',
    delivery: 'newest-change',
    concurrencyMax: ITEMS_AT_ONCE_MAX,
    handle: (change, signal) => index.handle(change, signal),
  };
}
