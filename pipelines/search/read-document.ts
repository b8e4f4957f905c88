import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import type { DocumentAddress } from './documents.ts';
import { SearchUnavailableError } from './errors.ts';
import { readAlias } from './index-names.ts';
import { errorType, type OpenSearchClient, openSearchAnswer } from './open-search.ts';

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
 * @throws SearchUnavailableError when OpenSearch does not answer.
 */
export async function readDocument(
  client: OpenSearchClient,
  { index, id }: DocumentAddress,
): Promise<StoredDocument | undefined> {
  const answer = await openSearchAnswer(
    client,
    { method: 'GET', path: `/${readAlias(index)}/_doc/${encodeURIComponent(id)}` },
    { timeoutMs: REQUEST_TIMEOUT_MS },
  );
  const found = read(Found, answer.body);
  if (found.success) return { version: found.data._version, source: found.data._source };
  if (read(Missing, answer.body).success) return undefined;
  throw new SearchUnavailableError(
    `OpenSearch did not give the document: ${answer.status} ${errorType(answer) ?? 'without a reason'}`,
  );
}
