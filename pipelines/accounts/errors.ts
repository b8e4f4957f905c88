import { ConflictError, NotFoundError } from '../core/request-errors.ts';

/** The account that a transfer goes to is not there. */
export class DestinationNotFoundError extends NotFoundError {
  override readonly code = 'destination-not-found';
  override readonly remedy = 'Check `to` in the body.';

  constructor() {
    super('account');
  }
}

/** The account holds less than is to be sent. */
export class InsufficientBalanceError extends ConflictError {
  readonly code = 'insufficient-balance';
  readonly remedy = 'Send less, or send it once there is enough; the same Idempotency-Key may be used again.';

  constructor() {
    super('The balance is less than the amount.');
  }
}

/** The accounts of a transfer are of two currencies. */
export class CurrencyMismatchError extends ConflictError {
  readonly code = 'currency-mismatch';
  readonly remedy = 'Send to an account of the same currency: none is exchanged.';

  constructor() {
    super('The destination is an account of another currency.');
  }
}

/** The account that a transfer goes to would hold more than an amount may be. */
export class BalanceLimitError extends ConflictError {
  readonly code = 'balance-limit';
  readonly remedy = 'Send less, or to another account.';

  constructor() {
    super('The destination would hold more than an account may.');
  }
}
