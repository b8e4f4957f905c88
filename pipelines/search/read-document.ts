import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import type { DocumentAddress } from './documents.ts';
import { SearchUnavailableError } from './errors.ts';
import { readAlias } from './index-names.ts';
import { errorType, type OpenSearchClient, openSearchResponse } from './open-search.ts';

/** A document as the index holds it. */
export interface StoredDocument {
  /** As OpenSearch has it: the document may violate its contract. */
  readonly version: number;
  readonly source: Readonly<Record<string, unknown>>;
}

const Found = z.object({
  _version: z.int().positive(),
  found: z.literal(true),
  _source: z.record(z.string(), z.unknown()),
});
const Missing = z.object({ found: z.literal(false) });
const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Reads one document, also one that no search finds yet.
 * See https://docs.opensearch.org/latest/api-reference/document-apis/get-documents/.
 *
 * @returns `undefined` where the index has none.
 * @throws SearchUnavailableError when OpenSearch does not response.
 */
export async function readDocument(
  client: OpenSearchClient,
  { index, id }: DocumentAddress,
): Promise<StoredDocument | undefined> {
  const response = await openSearchResponse(
    client,
    { method: 'GET', path: `/${readAlias(index)}/_doc/${encodeURIComponent(id)}` },
    { timeoutMs: REQUEST_TIMEOUT_MS },
  );
  const found = read(Found, response.body);
  if (found.success) return { version: found.data._version, source: found.data._source };
  if (read(Missing, response.body).success) return undefined;
  throw new SearchUnavailableError(
    `OpenSearch did not give the document: ${response.status} ${errorType(response) ?? 'without a reason'}`,
  );
}
