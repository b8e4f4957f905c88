import { OrderStreamError } from '../../pipelines/errors.ts';
import type { LocalSystem } from '../local/system/local-system.ts';

const TIMEOUT_MS = 30_000;

/** The API returned a response that the demo does not expect. */
export class UnexpectedResponseError extends OrderStreamError {
  readonly code = 'unexpected-response';
  readonly remedy = "Search for the request id in the local system's log.";
}

/** Calls the write API as any client does. */
export class Api {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** An API client of the shop's staff. */
  static async of({ apiUrl, token }: Pick<LocalSystem, 'apiUrl' | 'token'>): Promise<Api> {
    return new Api(apiUrl, await token('demo', 'orders:write', 'accounts:write'));
  }

  /** @throws UnexpectedResponseError for any response other than 2xx. */
  async call(
    method: 'POST' | 'PATCH' | 'GET' | 'DELETE',
    path: string,
    body?: unknown,
    idempotencyKey?: string,
  ): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
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
    );
  }
}
