import type { Version } from '../../contracts/ids.ts';
import { RequestBatcher } from '../core/request-batcher.ts';
import type { StreamChange } from '../core/stream-change.ts';
import { type BulkOperation, bulkOperationOf, deleteOperation } from './bulk-operation.ts';
import { BULK_FILTER_PATH, BulkAnswer, type BulkItemResult, failureOf } from './bulk-result.ts';
import type { DocumentAddress } from './documents.ts';
import { SearchUnavailableError } from './errors.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from './open-search.ts';

/** What a {@link SearchIndex} is made of. */
export interface SearchIndexOptions {
  readonly client: OpenSearchClient;
  /** How long one `_bulk` request may take in all; 10 s unless told. */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 10_000;
const OPERATIONS_MAX = 1_000;
/** OpenSearch works best with a few megabytes a request, and the smallest AWS domains refuse more than 10 MiB. */
const BODY_BYTES_MAX = 5_000_000;
/** One request is written while the answer to the other is waited for. */
const REQUESTS_MAX = 2;
const HTTP_OK = 200;

/** The id in {@link aliasGuard}; no document has it, for no id of ours holds a space. */
const GUARD_ID = 'alias guard';

/**
 * Keeps the search index where the table is: one document for each order, product and user, under the item's version.
 *
 * Any change may come twice, late or out of order: the index compares versions and keeps the newest. A removal is
 * remembered for `index.gc_deletes`, through a crash too, but not through a restart after a flush: the memory of it is the
 * shard's own and its translog's. What an older write then brings back is found by comparing the index with the table.
 */
export class SearchIndex {
  readonly #client: OpenSearchClient;
  readonly #requestTimeoutMs: number;
  readonly #batcher: RequestBatcher<BulkOperation, BulkItemResult>;

  constructor({ client, requestTimeoutMs = REQUEST_TIMEOUT_MS }: SearchIndexOptions) {
    this.#client = client;
    this.#requestTimeoutMs = requestTimeoutMs;
    this.#batcher = new RequestBatcher({
      send: (operations, signal) => this.#send(operations, signal),
      entriesMax: OPERATIONS_MAX,
      bytesMax: BODY_BYTES_MAX,
      bytesOf: ({ ndjson }) => Buffer.byteLength(ndjson),
      concurrencyMax: REQUESTS_MAX,
    });
  }

  /**
   * Brings the index to where `change` has brought the table; does nothing for an item that is not searched. Changes that
   * are handed in at the same time share a `_bulk` request, and a signal that aborts ends the request for all of them.
   *
   * @throws SearchUnavailableError, SearchIndexMissingError, OutOfTimeError: transient.
   * @throws SinkRefusedError when the mapping refuses the document: permanent.
   */
  async handle(change: StreamChange, signal: AbortSignal): Promise<void> {
    const operation = bulkOperationOf(change);
    if (operation !== undefined) await this.#apply(operation, signal);
  }

  /**
   * Takes the document of an item out of the index that is no more in the table, where nothing but its address and the
   * version of its removal is known. Fails as {@link handle} does.
   */
  remove(address: DocumentAddress, version: Version, signal: AbortSignal): Promise<void> {
    return this.#apply(deleteOperation(address, version), signal);
  }

  async #apply(operation: BulkOperation, signal: AbortSignal): Promise<void> {
    const failure = failureOf(await this.#batcher.submit(operation, signal));
    if (failure !== undefined) throw failure;
  }

  async #send(operations: readonly BulkOperation[], signal: AbortSignal): Promise<readonly BulkItemResult[]> {
    const guards = unguardedDeletes(operations).map(aliasGuard);
    const answer = await openSearchAnswer(
      this.#client,
      {
        method: 'POST',
        path: '/_bulk',
        querystring: { require_alias: 'true', filter_path: BULK_FILTER_PATH },
        bulkBody: guards.join('') + operations.map(({ ndjson }) => ndjson).join(''),
      },
      {
        timeoutMs: this.#requestTimeoutMs,
        signals: [signal],
      },
    );
    const parsed = BulkAnswer.safeParse(answer.body);
    if (answer.status !== HTTP_OK || !parsed.success) {
      throw new SearchUnavailableError(
        `OpenSearch did not take the request: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
      );
    }
    return parsed.data.items.flatMap((item) => Object.values(item)).slice(guards.length);
  }
}

// A delete under an external version makes an index of the alias's name where the alias is missing, and `require_alias`
// does not hold for deletes. It does for an update, and OpenSearch makes no index that any operation of the request
// requires to be an alias: so each alias that is only deleted from gets an update that changes nothing.
const unguardedDeletes = (operations: readonly BulkOperation[]): readonly string[] => {
  const guarded = new Set(operations.filter(({ kind }) => kind === 'index').map(({ alias }) => alias));
  const aliases = operations.filter(({ alias }) => !guarded.has(alias)).map(({ alias }) => alias);
  return [...new Set(aliases)];
};

const aliasGuard = (alias: string): string =>
  `${JSON.stringify({ update: { _index: alias, _id: GUARD_ID } })}\n{"doc":{}}\n`;
