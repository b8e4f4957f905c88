import type { ProblemField } from '../../contracts/api/problem.ts';
import { InvalidRequestError, RefusedRequestError } from '../../pipelines/request-errors.ts';

/** The largest body that a request may have unless its route takes more, in bytes. */
export const BODY_BYTES_MAX = 256 * 1024;

/** The body cannot be read at all. */
export class UnreadableBodyError extends InvalidRequestError {
  override readonly code = 'unreadable-body';
  override readonly remedy = 'Send one JSON value in UTF-8.';

  constructor(message: string, options?: ErrorOptions) {
    const whole: ProblemField = { in: 'body', field: '', message: 'must be JSON in UTF-8' };
    super(message, [whole], options);
  }
}

/** The body is of another media type than JSON. */
export class UnsupportedMediaTypeError extends RefusedRequestError {
  readonly code = 'unsupported-media-type';
  readonly remedy = 'Send the header Content-Type: application/json.';

  constructor() {
    super('The body is not declared as JSON.');
  }
}

/** The body is larger than its route takes. */
export class BodyTooLargeError extends InvalidRequestError {
  override readonly code = 'body-too-large';
  override readonly remedy: string;

  constructor(bytes: number, bytesMax: number) {
    super(`The body has ${bytes} bytes.`, [
      { in: 'body', field: '', message: `must have at most ${bytesMax} bytes` },
    ]);
    this.remedy = `Send at most ${bytesMax} bytes.`;
  }
}

/** Nobody vouches for the caller: the route has no authorizer, or the token names no subject. */
export class UnauthenticatedError extends RefusedRequestError {
  readonly code = 'unauthenticated';
  readonly remedy = 'Send a token whose `sub` names the caller, as Authorization: Bearer.';

  constructor() {
    super('The request comes from nobody.');
  }
}

/** The caller may not do this. */
export class ForbiddenError extends RefusedRequestError {
  readonly code = 'forbidden';
  readonly remedy =
    'A user reaches only their own path. The scope orders:admin or ops opens the rest, but for /ops, which takes ops alone.';

  constructor() {
    super('The caller has no right to this.');
  }
}
