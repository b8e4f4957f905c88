import { errors } from '@opensearch-project/opensearch';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { OutOfTimeError } from '../errors.ts';
import { SearchUnavailableError } from './errors.ts';

/** A request as the client's transport takes it; a `bulkBody` is NDJSON already. */
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

/** The one thing of the OpenSearch client that is used here, so that a test can stand in for it. */
export interface OpenSearchClient {
  readonly transport: {
    request(
      request: OpenSearchRequest,
      limits: RequestLimits,
    ): PromiseLike<{ readonly statusCode: number | null; readonly body: unknown }> & { abort(): void };
  };
}

/** What OpenSearch answered, whatever its HTTP status. */
export interface OpenSearchAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** For how long an answer is waited for. */
export interface Timeouts {
  readonly timeoutMs: number;
  /** Whichever of them aborts first ends the request. */
  readonly signals?: readonly AbortSignal[];
}

const ErrorBody = z.object({ error: z.object({ type: z.string() }) });
const HTTP_OK = 200;

/** The type of the error that an answer holds, such as `resource_already_exists_exception`; its reason is left alone, for it can quote a document. */
export function errorType(answer: OpenSearchAnswer): string | undefined {
  const parsed = read(ErrorBody, answer.body);
  return parsed.success ? parsed.data.error.type : undefined;
}

/**
 * Makes one request, without retries, and gives back the answer of whatever status.
 *
 * The time is taken here for all of the exchange: the client's own `requestTimeout` watches for idleness, is off while the
 * body comes in, and does not cover the fetching of credentials.
 *
 * @throws SearchUnavailableError when no answer came in time.
 * @throws OutOfTimeError when a signal aborted.
 */
export async function openSearchAnswer(
  client: OpenSearchClient,
  request: OpenSearchRequest,
  { timeoutMs, signals = [] }: Timeouts,
): Promise<OpenSearchAnswer> {
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
    () => stop(new SearchUnavailableError(`OpenSearch did not answer within ${timeoutMs} ms`)),
    timeoutMs,
  );
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  try {
    const { statusCode, body } = await Promise.race([pending, cut]);
    return { status: statusCode ?? HTTP_OK, body };
  } catch (error) {
    return answerOf(error);
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}

// The client's errors are never a `cause`: they hold the request, and so the documents.
function answerOf(error: unknown): OpenSearchAnswer {
  if (error instanceof errors.ResponseError) {
    return { status: error.meta.statusCode ?? error.statusCode, body: error.meta.body };
  }
  if (error instanceof errors.OpenSearchClientError) {
    // The parser's message quotes the answer, and so a document.
    const detail = error instanceof errors.DeserializationError ? '' : ` (${error.message})`;
    throw new SearchUnavailableError(`No answer from OpenSearch: ${error.name}${detail}`);
  }
  throw error;
}

const outOfTime = (): OutOfTimeError => new OutOfTimeError('The time was up before OpenSearch answered');
