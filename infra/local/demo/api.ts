import { OrderStreamError } from '../../../pipelines/core/errors.ts';

const TIMEOUT_MS = 30_000;

/** The API gave an answer that the demo does not expect. */
export class UnexpectedAnswerError extends OrderStreamError {
  readonly code = 'unexpected-answer';
  readonly remedy = "Look for the request id in the local system's log.";
}

/** Calls the write API as any client would. */
export class Api {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
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
        ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer.json();
    throw new UnexpectedAnswerError(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  }
}
