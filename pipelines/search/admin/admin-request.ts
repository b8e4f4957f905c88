import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { IndexInstallationError, SearchUnavailableError } from '../errors.ts';
import { errorType, type OpenSearchRequest, type OpenSearchResponse } from '../open-search.ts';

/** Makes one administrative request for indices, and returns the response of any status. */
export type Ask = (request: OpenSearchRequest) => Promise<OpenSearchResponse>;

const HTTP_SERVER_FAULT = 500;
/** No permission, which a new domain grants after some seconds, and too many requests. */
const HTTP_PASSING = new Set([401, 403, 429]);

/** What an unsuccessful response means: retryable, or a person must correct the index. */
export function refusal(
  what: string,
  response: OpenSearchResponse,
): SearchUnavailableError | IndexInstallationError {
  const message = `OpenSearch refused to ${what}: ${response.status} ${errorType(response) ?? 'without a reason'}`;
  const mayPass = HTTP_PASSING.has(response.status) || response.status >= HTTP_SERVER_FAULT;
  return mayPass ? new SearchUnavailableError(message) : new IndexInstallationError(message);
}

const IndexAliases = z.object({ aliases: z.record(z.string(), z.unknown()) });

/**
 * The aliases by index in `{index: {aliases: {alias: ...}}}`, as OpenSearch responds to a request for aliases. A response in which some
 * were not found has other members as well.
 */
export function aliasesByIndex(body: unknown): ReadonlyMap<string, ReadonlySet<string>> {
  const members = Object.entries(read(z.record(z.string(), z.unknown()), body).data ?? {});
  return new Map(
    members.flatMap(([index, member]) => {
      const aliases = read(IndexAliases, member).data?.aliases;
      return aliases === undefined ? [] : [[index, new Set(Object.keys(aliases))] as const];
    }),
  );
}
