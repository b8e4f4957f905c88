import { type RetryPolicy, withRetry } from '../../aws/retry.ts';
import { SinkRefusedError } from '../../errors.ts';
import type { SearchDocument } from '../documents.ts';
import { SearchIndexMissingError, SearchUnavailableError } from '../errors.ts';
import { shadowAlias } from '../index-names.ts';
import { type BulkOperation, failureOf, indexOperation, sendBulk } from '../indexing/bulk.ts';
import type { OpenSearchClient } from '../open-search.ts';

const REQUEST_TIMEOUT_MS = 30_000;
const BODY_BYTES_MAX = 5_000_000;
/** A cluster that is busy with the stream and the backfill needs a while. */
const BUSY_RETRY: RetryPolicy = {
  attemptsMax: 12,
  delayMsBase: 200,
  delayMsMax: 10_000,
  budgetMs: 180_000,
};

/** Writes documents to the shadow index, and to nothing else: without its alias, nothing is written. */
export class ShadowWriter {
  readonly #client: OpenSearchClient;

  constructor(client: OpenSearchClient) {
    this.#client = client;
  }

  /**
   * Writes documents, unless the shadow index holds newer ones.
   *
   * @returns the ids of those that the mapping refuses.
   * @throws SearchUnavailableError when OpenSearch kept failing; SearchIndexMissingError when there is no shadow index.
   */
  async write(documents: readonly SearchDocument[], signal: AbortSignal): Promise<readonly string[]> {
    const refused: string[] = [];
    for (const batch of batches(documents)) {
      refused.push(
        ...(await withRetry(() => this.#writeOnce(batch, signal), {
          policy: BUSY_RETRY,
          isRetryable: (error) =>
            error instanceof SearchUnavailableError && !(error instanceof SearchIndexMissingError),
          signal,
        })),
      );
    }
    return refused;
  }

  async #writeOnce(documents: readonly SearchDocument[], signal: AbortSignal): Promise<readonly string[]> {
    const results = await sendBulk(this.#client, documents.map(operationOf), {
      timeoutMs: REQUEST_TIMEOUT_MS,
      signals: [signal],
    });
    const refused: string[] = [];
    for (const [at, { id }] of documents.entries()) {
      const result = results[at];
      if (result === undefined)
        throw new SearchUnavailableError('OpenSearch returned fewer results than operations');
      const failure = failureOf(result);
      if (failure instanceof SinkRefusedError) refused.push(id);
      else if (failure !== undefined) throw failure;
    }
    return refused;
  }
}

const operationOf = (document: SearchDocument): BulkOperation =>
  indexOperation(document, shadowAlias(document.index));

function* batches(
  documents: readonly SearchDocument[],
): Generator<readonly SearchDocument[], void, undefined> {
  let batch: SearchDocument[] = [];
  let bytes = 0;
  for (const document of documents) {
    const size = Buffer.byteLength(operationOf(document).ndjson);
    if (batch.length > 0 && bytes + size > BODY_BYTES_MAX) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(document);
    bytes += size;
  }
  if (batch.length > 0) yield batch;
}
