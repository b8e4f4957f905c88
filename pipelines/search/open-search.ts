import * as errors from '@opensearch-project/opensearch/lib/errors.js';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { OutOfTimeError } from '../errors.ts';
import { SearchQueryRefusedError, SearchUnavailableError } from './errors.ts';

/** A request in the form of the client's transport; a `bulkBody` is NDJSON already. */
export interface OpenSearchRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly querystring?: Record<string, string>;
  readonly body?: Record<string, unknown>;
  readonly bulkBody?: string;
}

interface RequestLimits {
  readonly requestTimeout: number;
  readonly maxRetries: number;
}

/** The OpenSearch client method that this project uses, so that a test can replace it. */
export interface OpenSearchClient {
  readonly transport: {
    request(
      request: OpenSearchRequest,
      limits: RequestLimits,
    ): PromiseLike<{ readonly statusCode: number | null; readonly body: unknown }> & { abort(): void };
  };
}

/** A response of OpenSearch, of any HTTP status. */
export interface OpenSearchResponse {
  readonly status: number;
  readonly body: unknown;
}

/** How long to wait for a response. */
export interface Timeouts {
  readonly timeoutMs: number;
  /** The first of them that aborts ends the request. */
  readonly signals?: readonly AbortSignal[];
}

const ErrorBody = z.object({ error: z.object({ type: z.string() }) });
const HTTP_OK = 200;

/** The type of the error in a response, such as `resource_already_exists_exception`; the reason is not read, since it can quote a document. */
export function errorType(response: OpenSearchResponse): string | undefined {
  const parsed = read(ErrorBody, response.body);
  return parsed.success ? parsed.data.error.type : undefined;
}

const HTTP_BAD_REQUEST = 400;

/** What a response without the result of a search means. `what` did not happen, in words. */
export function searchFailure(
  what: string,
  response: OpenSearchResponse,
): SearchUnavailableError | SearchQueryRefusedError {
  const message = `${what}: ${response.status} ${errorType(response) ?? 'without a reason'}`;
  return response.status === HTTP_BAD_REQUEST
    ? new SearchQueryRefusedError(message)
    : new SearchUnavailableError(message);
}

/**
 * Makes one request, without retries, and returns the response of any status.
 *
 * The time-out covers the complete exchange: the client's own `requestTimeout` measures idle time, is off while the
 * body arrives, and does not cover the fetching of credentials.
 *
 * @throws SearchUnavailableError when no response came in time.
 * @throws OutOfTimeError when a signal aborted.
 */
export async function openSearchResponse(
  client: OpenSearchClient,
  request: OpenSearchRequest,
  { timeoutMs, signals = [] }: Timeouts,
): Promise<OpenSearchResponse> {
  if (signals.some((signal) => signal.aborted)) throw outOfTime();
  const { promise: cut, reject } = Promise.withResolvers<never>();
  // A copy: the client puts the serialized body into the object that it gets.
  const pending = client.transport.request({ ...request }, { requestTimeout: timeoutMs, maxRetries: 0 });
  const stop = (error: Error): void => {
    reject(error);
    pending.abort();
  };
  const onAbort = (): void => stop(outOfTime());
  const timer = setTimeout(
    () => stop(new SearchUnavailableError(`OpenSearch did not respond within ${timeoutMs} ms`)),
    timeoutMs,
  );
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { statusCode, body } = await Promise.race([pending, cut]);
    return { status: statusCode ?? HTTP_OK, body };
  } catch (error) {
    return responseOf(error);
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}

// The client's errors are never a `cause`: they hold the request, and so the documents.
function responseOf(error: unknown): OpenSearchResponse {
  if (error instanceof errors.ResponseError) {
    return { status: error.meta.statusCode ?? error.statusCode, body: error.meta.body };
  }
  if (error instanceof errors.OpenSearchClientError) {
    // The parser's message quotes the response, and so a document.
    const detail = error instanceof errors.DeserializationError ? '' : ` (${error.message})`;
    throw new SearchUnavailableError(`No response from OpenSearch: ${error.name}${detail}`);
  }
  throw error;
}

const outOfTime = (): OutOfTimeError => new OutOfTimeError('The deadline passed before OpenSearch responded');
