import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { IndexInstallationError, SearchUnavailableError } from '../errors.ts';
import { errorType, type OpenSearchAnswer, type OpenSearchRequest } from '../open-search.ts';

/** Makes one request that looks after indices, and gives back the answer of whatever status. */
export type Ask = (request: OpenSearchRequest) => Promise<OpenSearchAnswer>;

const HTTP_SERVER_FAULT = 500;
/** No permission, which a new domain gives some seconds late, and too many requests. */
const HTTP_PASSING = new Set([401, 403, 429]);

/** What an answer that is no success means: whether it may pass by itself, or somebody has to look. */
export function refusal(
  what: string,
  answer: OpenSearchAnswer,
): SearchUnavailableError | IndexInstallationError {
  const message = `OpenSearch refused to ${what}: ${answer.status} ${errorType(answer) ?? 'without a reason'}`;
  const mayPass = HTTP_PASSING.has(answer.status) || answer.status >= HTTP_SERVER_FAULT;
  return mayPass ? new SearchUnavailableError(message) : new IndexInstallationError(message);
}

const IndexAliases = z.object({ aliases: z.record(z.string(), z.unknown()) });

/**
 * The aliases by index in `{index: {aliases: {alias: ...}}}`, as OpenSearch answers a question for aliases. An answer that not all
 * were found has other members as well.
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
