import type { ProblemField } from '../../contracts/api/problem.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import { InvalidRequestError, RefusedRequestError } from '../../pipelines/request-errors.ts';

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

/** The body is larger than its operation takes. */
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

/** The caller is unknown: the route has no authorizer, or the token names no subject. */
export class UnauthenticatedError extends RefusedRequestError {
  readonly code = 'unauthenticated';
  readonly remedy = 'Send a token whose `sub` names the caller, as Authorization: Bearer.';

  constructor() {
    super('Authentication is required.');
  }
}

/** The function has a route that its resource does not have. */
export class UnknownRouteError extends OrderStreamError {
  readonly code = 'unknown-route';
  readonly remedy = 'Compare the routes in infra/template.yaml with the operations in contracts/api.';

  constructor(routeKey: string) {
    super(`The resource has no operation for ${routeKey}.`);
  }
}
