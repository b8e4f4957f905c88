import { OrderStreamError } from '../../pipelines/errors.ts';
import type { LocalSystem } from '../local/local-system.ts';

const TIMEOUT_MS = 30_000;

/** The API gave an answer that the demo does not expect. */
export class UnexpectedAnswerError extends OrderStreamError {
  readonly code = 'unexpected-answer';
  readonly remedy = "Look for the request id in the local system's log.";
}

/** Calls the write API as any client would. */
export class Api {
  readonly #url: string;
  readonly #token: string;

  private constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** An API client of the shop's staff. */
  static async of({ apiUrl, token }: Pick<LocalSystem, 'apiUrl' | 'token'>): Promise<Api> {
    return new Api(apiUrl, await token('demo', 'orders:admin'));
  }

  /** @throws UnexpectedAnswerError for any answer that is no success. */
  async call(
    method: 'POST' | 'PATCH' | 'GET' | 'DELETE',
    path: string,
    body?: unknown,
    idempotencyKey?: string,
  ): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${this.#token}`,
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer.json();
    throw new UnexpectedAnswerError(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  }
}
