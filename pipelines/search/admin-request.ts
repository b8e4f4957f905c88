import { IndexInstallationError, SearchUnavailableError } from './errors.ts';
import { errorType, type OpenSearchAnswer, type OpenSearchRequest } from './open-search.ts';

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
