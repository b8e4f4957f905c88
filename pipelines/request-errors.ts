import type { ProblemField } from '../contracts/api/problem.ts';
import type { OrderStatus } from '../contracts/order-status.ts';
import type { FieldIssue } from '../contracts/reading.ts';
import { OrderStreamError } from './errors.ts';

/** A request that cannot be met for what it asks: the caller can correct it, a retry alone cannot. */
export abstract class RefusedRequestError extends OrderStreamError {}

/** The request violates its contract, or combines values that exclude each other. */
export class InvalidRequestError extends RefusedRequestError {
  readonly code: string = 'invalid-request';
  readonly remedy: string = 'Correct each field that `errors` names.';
  readonly fields: readonly ProblemField[];

  constructor(message: string, fields: readonly ProblemField[], options?: ErrorOptions) {
    super(message, options);
    this.fields = fields;
  }
}

/** The caller does not have access. */
export class ForbiddenError extends RefusedRequestError {
  readonly code = 'forbidden';
  readonly remedy =
    'Use an access token with a scope that the operation takes: shop for the own path, and for what others own those that openapi.json names.';

  constructor() {
    super('The caller does not have access to this.');
  }
}

/** The object of the request does not exist. */
export class NotFoundError extends RefusedRequestError {
  readonly code: string = 'not-found';
  readonly remedy: string = 'Check the ids in the path.';

  constructor(what: 'user' | 'order' | 'product' | 'account' | 'dead letter' | 'schema') {
    super(`There is no such ${what}.`);
  }
}

/** The request does not fit the state that its object is in. */
export abstract class ConflictError extends RefusedRequestError {}

/** Another object with this id was created before. */
export class AlreadyExistsError extends ConflictError {
  readonly code = 'already-exists';
  readonly remedy = 'Choose another id, or use the existing object.';

  constructor(what: 'user' | 'product' | 'account') {
    super(`Another ${what} has this id.`);
  }
}

/** What a person does about a malformed order. */
export const MALFORMED_ORDER_REMEDY =
  'Correct the fields that are named: `npm run ops -- dlq fix` with one of its dead letters does it by the contract and replays it.';

/** The order's item violates its contract: it was written without the API. Its owner cannot correct it, operators can. */
export class MalformedOrderError extends ConflictError {
  readonly code = 'malformed-order';
  readonly remedy: string;
  /** The fields to correct; none for a caller who is not to know the item's attributes. */
  readonly fields: readonly ProblemField[];

  constructor(issues: readonly FieldIssue[] | undefined, options?: ErrorOptions) {
    super(
      issues === undefined
        ? 'The order cannot be shown or changed now.'
        : 'The item of the order violates its contract.',
      options,
    );
    this.remedy = issues === undefined ? 'Name the requestId when you report it.' : MALFORMED_ORDER_REMEDY;
    this.fields = (issues ?? []).map(({ path, message }) => ({ in: 'item', field: path, message }));
  }
}

/** The order's status cannot change to the requested one. */
export class IllegalTransitionError extends ConflictError {
  readonly code = 'illegal-transition';
  readonly remedy: string;

  constructor(from: OrderStatus, to: OrderStatus, allowed: readonly OrderStatus[]) {
    super(`An order that is ${from} cannot become ${to}.`);
    this.remedy =
      allowed.length === 0
        ? `${from} is a final status.`
        : `From ${from} it can become ${allowed.join(' or ')}.`;
  }
}

/** The order no longer has the one status that the change was meant for. */
export class OrderMovedOnError extends ConflictError {
  readonly code = 'order-moved-on';
  readonly remedy = 'Read the order again, then decide whether to change it.';

  constructor() {
    super('The order has another status now.');
  }
}

/** The order's stock is not reserved, so it cannot be confirmed. */
export class StockNotReservedError extends ConflictError {
  readonly code = 'stock-not-reserved';
  readonly remedy =
    'Stock is reserved shortly after an order is placed: try again, until the order is confirmed or turns out rejected.';

  constructor() {
    super('The stock of the order is not reserved yet.');
  }
}

/** The order was confirmed, so that its record stays: the goods are packed, shipped or delivered. */
export class OrderConfirmedError extends ConflictError {
  readonly code = 'order-confirmed';
  readonly remedy =
    'Cancel the order first, which is possible until it is shipped. A shipped or delivered order stays until its retention ends.';

  constructor() {
    super('The order was confirmed.');
  }
}

/** The item has another version than the caller has seen. */
export class VersionMismatchError extends RefusedRequestError {
  readonly code = 'version-mismatch';
  readonly remedy = 'Read it again, then decide whether and what to change.';

  constructor() {
    super('It changed since it was read: If-Match names another version.');
  }
}

/** An idempotency key was used for another request before. */
export class IdempotencyKeyReusedError extends RefusedRequestError {
  readonly code = 'idempotency-key-reused';
  readonly remedy = 'Send each new request with its own key.';

  constructor() {
    super('This Idempotency-Key came with a different body before.');
  }
}

/** The user has made as many writes in a short time as a user may. */
export class TooManyWritesError extends RefusedRequestError {
  readonly code = 'too-many-writes';
  readonly remedy = 'Wait as many seconds as Retry-After says.';
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number, perMinute: number) {
    super(`A user makes at most ${perMinute} writes a minute.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
