import pLimit from 'p-limit';
import { productKey } from '../../../contracts/entities/product.ts';
import type { ReservationItem } from '../../../contracts/entities/reservation.ts';
import type { Sku } from '../../../contracts/ids.ts';
import { asSinkError } from '../../aws/aws-errors.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { CONFLICT_RETRY, withRetry } from '../../aws/retry.ts';
import { instantOf } from '../../clock.ts';
import { isRetryableConflict } from '../../dynamodb/optimistic-lock.ts';
import { ContractViolationError, PermanentError } from '../../errors.ts';
import { type OrderRetention, ttlOfStatus } from '../../orders/retention.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import {
  netStockChanges,
  nextReservation,
  type ReservationRequest,
  type ReservationStep,
  reservationRequestOf,
  reservationStep,
  stockLinesOf,
} from './reservation-step.ts';
import { InsufficientStockError, rejectOrder, StockTable, type StockTableDeps } from './stock-table.ts';

export interface OrderInventoryDeps extends StockTableDeps, OrderRetention {}

/** A transaction's limit. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html. */
const ACTIONS_MAX = 100;
// Transactions of one process would mostly compete for the same products.
const TRANSACTIONS_AT_ONCE_MAX = 2;
const ALONE_AT_ONCE_MAX = 4;

type Processed = { readonly status: 'processed' } | { readonly status: 'failed'; readonly error: unknown };
type Failures = ReadonlyMap<ReservationRequest, unknown>;

/** A reservation request with its reservation as it was read, and the next step. */
interface Decided {
  readonly reservationRequest: ReservationRequest;
  readonly read: ReservationItem | undefined;
  readonly step: Exclude<ReservationStep, { kind: 'none' }>;
}

/**
 * Keeps the stock consistent with the orders, so that for each sku `stock + reserved = received` at every moment: each
 * reservation is written in the transaction that changes its stock. Changes that are handled at the same time share a
 * transaction, in which the stock changes of a sku are one action: a popular product is then written once for all of
 * them. Requests for more than the stock are removed from it and processed one by one.
 */
export class OrderInventory {
  readonly #deps: OrderInventoryDeps;
  readonly #table: StockTable;
  readonly #batcher = new RequestBatcher<ReservationRequest, Processed>({
    send: (reservationRequests, signal) => this.#processTogether(reservationRequests, signal),
    entriesMax: ACTIONS_MAX,
    // A request of this sink is limited by its actions: a reservation and its skus.
    bytesMax: ACTIONS_MAX,
    bytesOf: ({ order }) => 1 + order.lines.length,
    concurrencyMax: TRANSACTIONS_AT_ONCE_MAX,
  });
  readonly #alone = pLimit(ALONE_AT_ONCE_MAX);

  constructor(deps: OrderInventoryDeps) {
    this.#deps = deps;
    this.#table = new StockTable(deps);
  }

  /**
   * Holds, releases or refuses the stock of one change. A repeat, also late or out of order, changes nothing.
   *
   * @throws ContractViolationError for a reservation or a product that no release fits; SinkRefusedError for a request
   * that the table refuses as invalid; OptimisticLockError or the SDK's own error when every attempt had a conflict or the table failed.
   */
  async handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const reservationRequest = reservationRequestOf(change);
    if (reservationRequest === undefined) return;
    const processed = await this.#batcher.submit(reservationRequest, signal);
    if (processed.status === 'failed') throw processed.error;
  }

  async #processTogether(
    reservationRequests: readonly ReservationRequest[],
    signal: AbortSignal,
  ): Promise<readonly Processed[]> {
    // A transaction may touch a reservation once only: a second request for the same order waits for the first.
    const first = new Map(
      [...reservationRequests]
        .reverse()
        .map((reservationRequest) => [reservationRequest.order.orderId, reservationRequest]),
    );
    const firsts = new Set(first.values());
    const repeats = reservationRequests.filter((reservationRequest) => !firsts.has(reservationRequest));
    const failures = new Map([
      ...(await this.#process([...firsts], signal)),
      ...(await this.#processEach(repeats, signal)),
    ]);
    return reservationRequests.map((reservationRequest) =>
      failures.has(reservationRequest)
        ? { status: 'failed', error: failures.get(reservationRequest) }
        : { status: 'processed' },
    );
  }

  async #process(reservationRequests: readonly ReservationRequest[], signal: AbortSignal): Promise<Failures> {
    try {
      await withRetry(() => this.#processOnce(reservationRequests), {
        policy: CONFLICT_RETRY,
        isRetryable: isRetryableConflict,
        signal,
      });
      return new Map();
    } catch (cause) {
      const error = asSinkError(cause, 'The table');
      if (reservationRequests.length > 1 && error instanceof InsufficientStockError)
        return this.#processSeparately(reservationRequests, error.skus, signal);
      if (reservationRequests.length > 1 && error instanceof PermanentError)
        return this.#processEach(reservationRequests, signal);
      return new Map(reservationRequests.map((reservationRequest) => [reservationRequest, error]));
    }
  }

  async #processSeparately(
    reservationRequests: readonly ReservationRequest[],
    insufficient: ReadonlySet<Sku>,
    signal: AbortSignal,
  ): Promise<Failures> {
    const touches = ({ order }: ReservationRequest): boolean =>
      order.lines.some(({ sku }) => insufficient.has(sku));
    const [touching, others] = [
      reservationRequests.filter(touches),
      reservationRequests.filter((reservationRequest) => !touches(reservationRequest)),
    ];
    // A reservation can hold other skus than its order names; then the insufficient one is unknown.
    if (touching.length === 0) return this.#processEach(reservationRequests, signal);
    return new Map([
      ...(await this.#process(others, signal)),
      ...(await this.#processEach(touching, signal)),
    ]);
  }

  async #processEach(
    reservationRequests: readonly ReservationRequest[],
    signal: AbortSignal,
  ): Promise<Failures> {
    const processed = await Promise.all(
      reservationRequests.map((reservationRequest) =>
        this.#alone(() => this.#process([reservationRequest], signal)),
      ),
    );
    return new Map(processed.flatMap((failures) => [...failures]));
  }

  async #processOnce(reservationRequests: readonly ReservationRequest[]): Promise<void> {
    const reservations = await this.#table.read(reservationRequests.map(({ order }) => order.orderId));
    const decided = reservationRequests.flatMap((reservationRequest): Decided[] => {
      const read = reservations.get(reservationRequest.order.orderId);
      const step = reservationStep(read, reservationRequest);
      return step.kind === 'none' ? [] : [{ reservationRequest, read, step }];
    });
    const writes = decided.map(({ reservationRequest, read, step }) => ({
      next: nextReservation(read, reservationRequest, step, this.#deps.clock),
      read,
    }));
    try {
      await this.#table.write(writes, netStockChanges(decided.map(({ step }) => step)));
    } catch (error) {
      const [only] = decided;
      if (!(error instanceof InsufficientStockError) || reservationRequests.length > 1 || only === undefined)
        throw error;
      if (only.step.kind !== 'hold') throw missingReserved(error);
      await this.#refuse(only);
    }
  }

  #refuse({ reservationRequest, read }: Decided): Promise<void> {
    const { clock, tableName } = this.#deps;
    const lines = stockLinesOf(reservationRequest.order.lines);
    const next = nextReservation(read, reservationRequest, { state: 'REJECTED', lines }, clock);
    const now = clock.now();
    const ttl = ttlOfStatus('rejected', now, this.#deps);
    return this.#table.writeRejected(
      { next, read },
      rejectOrder(tableName, reservationRequest.order, { now: instantOf(now), ttl }),
    );
  }
}

function missingReserved(cause: InsufficientStockError): ContractViolationError {
  const issues = [...cause.skus].map((sku) => ({
    path: `${productKey(sku).pk}.reserved`,
    message: 'is less than the order holds, or the stock has no room for it',
  }));
  return new ContractViolationError('What the order holds cannot be released', issues, { cause });
}
