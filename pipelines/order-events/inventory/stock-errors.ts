import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { Sku } from '../../../contracts/ids.ts';
import { actionsWith } from '../../aws/aws-errors.ts';
import { OptimisticLockError, TransactionConflictError } from '../../dynamodb/optimistic-lock.ts';
import { PermanentError, TransientError } from '../../errors.ts';

/** The stock is not as it was when the step was decided: read it again. */
export class StockChangedError extends OptimisticLockError {}

/** Others are at the stock of a product all the time. */
export class StockContentionError extends TransientError {
  override readonly code = 'stock-contention';
  override readonly remedy =
    'None while it is rare: the record is retried. If it lasts, one product has more orders than one item can take: see docs/lab/scaling.md.';
}

/** An order cannot be decided, since the stock of its product is not what the shop has written. */
export class StockViolationError extends PermanentError {
  readonly code = 'stock-violation';
  readonly remedy = 'Fix the product that `issues` names in the table, then replay the dead letter.';
}

/** A product holds less for orders than an order is to release, or has no room for it. */
export class NotReleasableError extends TransientError {
  override readonly code = 'not-releasable';
  readonly skus: readonly Sku[];

  constructor(skus: readonly Sku[], options?: ErrorOptions) {
    super('What is held cannot be released', options);
    this.skus = skus;
  }
}

/** Which actions of a cancelled transaction had another writer, or a full partition key. */
export interface Contention {
  readonly places: ReadonlySet<number>;
  readonly isThrottled: boolean;
  readonly cause: unknown;
}

/** `undefined` where the transaction failed for another reason. */
export function contentionOf(error: unknown): Contention | undefined {
  const cancelled = error instanceof TransactionConflictError ? error.cause : error;
  if (!(cancelled instanceof TransactionCanceledException)) return undefined;
  const throttled = actionsWith(cancelled, 'throttled');
  const places = new Set([...throttled, ...actionsWith(cancelled, 'conflict')]);
  return places.size === 0 ? undefined : { places, isThrottled: throttled.length > 0, cause: error };
}
