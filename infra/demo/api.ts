import { type RetryPolicy, withRetry } from '../../pipelines/aws/retry.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import type { LocalSystem } from '../local/system/local-system.ts';

const TIMEOUT_MS = 30_000;
const TOO_MANY_REQUESTS = 429;
const SERVER_FAULT = 500;

/** A function that starts on a busy machine may reach its timeout: API Gateway then returns 500 or 503. */
const RETRY: RetryPolicy = { attemptsMax: 5, delayMsBase: 200, delayMsMax: 3_000, budgetMs: 60_000 };

/** The API returned a response that the demo does not expect. */
export class UnexpectedResponseError extends OrderStreamError {
  readonly code = 'unexpected-response';
  readonly remedy = "Search for the request id in the local system's log.";
  override readonly retryable: boolean;

  constructor(message: string, status: number) {
    super(message);
    this.retryable = status >= SERVER_FAULT || status === TOO_MANY_REQUESTS;
  }
}

/** Calls the write API as any client does: what may be sent again is retried. */
export class Api {
  readonly #url: string;
  readonly #token: string;
  readonly #signal: AbortSignal | undefined;

  private constructor(url: string, token: string, signal: AbortSignal | undefined) {
    this.#url = url;
    this.#token = token;
    this.#signal = signal;
  }

  /** An API client of the shop's staff. `signal` cancels its requests and retries. */
  static async of(
    { apiUrl, token }: Pick<LocalSystem, 'apiUrl' | 'token'>,
    signal?: AbortSignal,
  ): Promise<Api> {
    return new Api(apiUrl, await token('demo', 'orders:write', 'accounts:write'), signal);
  }

  /**
   * Sends a request whose repetition changes nothing: a read, a batch, or a write with its idempotency key. Retries a server fault and a throttled request.
   *
   * @throws UnexpectedResponseError for any response other than 2xx.
   */
  repeat(...request: Parameters<Api['call']>): Promise<unknown> {
    return withRetry(() => this.call(...request), { policy: RETRY, signal: this.#signal });
  }

  /** Sends a request once. @throws UnexpectedResponseError for any response other than 2xx. */
  async call(
    method: 'POST' | 'PATCH' | 'GET' | 'DELETE',
    path: string,
    body?: unknown,
    idempotencyKey?: string,
  ): Promise<unknown> {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${this.#url}${path}`, {
      method,
      signal: this.#signal === undefined ? timeout : AbortSignal.any([timeout, this.#signal]),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.#token}`,
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (response.ok) return response.json();
    throw new UnexpectedResponseError(
      `${method} ${path} returned ${response.status}: ${await response.text()}`,
      response.status,
    );
  }
}
