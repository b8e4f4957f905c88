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
  netMoves,
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

type Settled = { readonly status: 'settled' } | { readonly status: 'failed'; readonly error: unknown };
type Failures = ReadonlyMap<ReservationRequest, unknown>;

/** A demand whose reservation was read, and what is to be done for it. */
interface Decided {
  readonly reservationRequest: ReservationRequest;
  readonly read: ReservationItem | undefined;
  readonly step: Exclude<ReservationStep, { kind: 'none' }>;
}

/**
 * Keeps the stock in step with the orders, so that for each sku `stock + reserved = received` at every moment: each
 * reservation is written in the transaction that moves its stock. Changes that are handled at the same time share a
 * transaction, in which the moves of a sku are one action: a product that everybody wants is then written once for all of
 * them. Those that ask for more than there is are taken out and settled one by one.
 */
export class OrderInventory {
  readonly #deps: OrderInventoryDeps;
  readonly #table: StockTable;
  readonly #batcher = new RequestBatcher<ReservationRequest, Settled>({
    send: (reservationRequests, signal) => this.#settleTogether(reservationRequests, signal),
    entriesMax: ACTIONS_MAX,
    // What a request of this sink is limited in is its actions: a reservation and its skus.
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
   * Holds, frees or refuses the goods of one change. Doing it again, late or out of order changes nothing.
   *
   * @throws ContractViolationError for a reservation or a product that no release fits; SinkRefusedError for a request
   * that the table calls invalid; LostRaceError or the SDK's own error when other writers kept winning or the table failed.
   */
  async handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const reservationRequest = reservationRequestOf(change);
    if (reservationRequest === undefined) return;
    const settled = await this.#batcher.submit(reservationRequest, signal);
    if (settled.status === 'failed') throw settled.error;
  }

  async #settleTogether(
    reservationRequests: readonly ReservationRequest[],
    signal: AbortSignal,
  ): Promise<readonly Settled[]> {
    // A transaction may touch a reservation once only: a second demand of the same order waits for the first.
    const first = new Map(
      [...reservationRequests]
        .reverse()
        .map((reservationRequest) => [reservationRequest.order.orderId, reservationRequest]),
    );
    const firsts = new Set(first.values());
    const repeats = reservationRequests.filter((reservationRequest) => !firsts.has(reservationRequest));
    const failures = new Map([
      ...(await this.#settle([...firsts], signal)),
      ...(await this.#settleEach(repeats, signal)),
    ]);
    return reservationRequests.map((reservationRequest) =>
      failures.has(reservationRequest)
        ? { status: 'failed', error: failures.get(reservationRequest) }
        : { status: 'settled' },
    );
  }

  async #settle(reservationRequests: readonly ReservationRequest[], signal: AbortSignal): Promise<Failures> {
    try {
      await withRetry(() => this.#settleOnce(reservationRequests), {
        policy: CONFLICT_RETRY,
        isRetryable: isRetryableConflict,
        signal,
      });
      return new Map();
    } catch (cause) {
      const error = asSinkError(cause, 'The table');
      if (reservationRequests.length > 1 && error instanceof InsufficientStockError)
        return this.#settleApart(reservationRequests, error.skus, signal);
      if (reservationRequests.length > 1 && error instanceof PermanentError)
        return this.#settleEach(reservationRequests, signal);
      return new Map(reservationRequests.map((reservationRequest) => [reservationRequest, error]));
    }
  }

  async #settleApart(
    reservationRequests: readonly ReservationRequest[],
    short: ReadonlySet<Sku>,
    signal: AbortSignal,
  ): Promise<Failures> {
    const touches = ({ order }: ReservationRequest): boolean => order.lines.some(({ sku }) => short.has(sku));
    const [touching, others] = [
      reservationRequests.filter(touches),
      reservationRequests.filter((reservationRequest) => !touches(reservationRequest)),
    ];
    // A reservation can hold other skus than its order names; then none of them is known to be at fault.
    if (touching.length === 0) return this.#settleEach(reservationRequests, signal);
    return new Map([...(await this.#settle(others, signal)), ...(await this.#settleEach(touching, signal))]);
  }

  async #settleEach(
    reservationRequests: readonly ReservationRequest[],
    signal: AbortSignal,
  ): Promise<Failures> {
    const settled = await Promise.all(
      reservationRequests.map((reservationRequest) =>
        this.#alone(() => this.#settle([reservationRequest], signal)),
      ),
    );
    return new Map(settled.flatMap((failures) => [...failures]));
  }

  async #settleOnce(reservationRequests: readonly ReservationRequest[]): Promise<void> {
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
      await this.#table.write(writes, netMoves(decided.map(({ step }) => step)));
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
