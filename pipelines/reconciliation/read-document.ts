import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { withRetry } from '../core/retry.ts';
import type { DocumentAddress } from '../search/documents.ts';
import { SearchUnavailableError } from '../search/errors.ts';
import { readAlias } from '../search/index-names.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from '../search/open-search.ts';

/** What the checks need of a document. */
export interface IndexedVersion {
  /** As OpenSearch has it: whoever wrote the document may have kept no contract. */
  readonly version: number;
  /** Whose order it is; absent where it is none. */
  readonly userId: string | undefined;
}

const Found = z.object({
  _version: z.int().positive(),
  _source: z.object({ userId: z.string().optional() }),
});
const NotFound = z.object({ found: z.literal(false) });
const READ_TIMEOUT_MS = 10_000;
const READ_RETRY = { attemptsMax: 4, delayMsBase: 200, delayMsMax: 2_000, budgetMs: 30_000 };

/**
 * Reads which version of an item its document is of, as it is now and not as of the last refresh; `undefined` where there is
 * no document.
 *
 * @param from The index that is read, or an alias of it: the read alias without it.
 * @throws SearchUnavailableError after retries.
 */
export function readDocument(
  client: OpenSearchClient,
  { index, id }: DocumentAddress,
  signal: AbortSignal,
  from = readAlias(index),
): Promise<IndexedVersion | undefined> {
  const readOnce = async (): Promise<IndexedVersion | undefined> => {
    const answer = await openSearchAnswer(
      client,
      {
        method: 'GET',
        path: `/${from}/_doc/${encodeURIComponent(id)}`,
        querystring: { _source_includes: 'userId' },
      },
      { timeoutMs: READ_TIMEOUT_MS, signals: [signal] },
    );
    const found = read(Found, answer.body).data;
    if (found !== undefined) return { version: found._version, userId: found._source.userId };
    if (read(NotFound, answer.body).success) return undefined;
    throw new SearchUnavailableError(
      `OpenSearch did not give the document: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
    );
  };
  return withRetry(readOnce, {
    policy: READ_RETRY,
    isRetryable: (error) => error instanceof SearchUnavailableError,
    signal,
  });
}
