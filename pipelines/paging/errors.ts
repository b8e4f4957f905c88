import { OrderStreamError } from '../core/errors.ts';
import { InvalidRequestError } from '../core/request-errors.ts';

/**
 * The page token is not one that this query gave this caller within the last hour. Whether it was forged, or is another
 * caller's, another query's or an old one, is not told: that would help only whoever tries tokens out.
 */
export class InvalidPageTokenError extends InvalidRequestError {
  override readonly code = 'invalid-page-token';
  override readonly remedy = 'Ask for the first page again, without nextToken.';

  constructor() {
    super('The page token is not valid here.', [
      {
        in: 'query',
        field: 'nextToken',
        message: 'must be the nextToken of an answer to the same query, at most an hour old',
      },
    ]);
  }
}

/** A position is larger than a token may be, so that no token could lead to it. */
export class PositionTooLargeError extends OrderStreamError {
  readonly code = 'position-too-large';
  readonly remedy = 'Keep no more in a position than the key of one item.';
}
