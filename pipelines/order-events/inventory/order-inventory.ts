import pLimit from 'p-limit';
import { type ProductStock, productKey } from '../../../contracts/entities/product.ts';
import type { OrderId, Sku } from '../../../contracts/ids.ts';
import { asSinkError } from '../../aws/aws-errors.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { CONFLICT_RETRY, withRetry } from '../../aws/retry.ts';
import { instantOf } from '../../clock.ts';
import { isRetryableConflict } from '../../dynamodb/optimistic-lock.ts';
import { ContractViolationError, PermanentError } from '../../errors.ts';
import { type OrderRetention, ttlOfStatus } from '../../orders/retention.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import {
  nextReservation,
  type ReservationRequest,
  reservationRequestOf,
  reservationStep,
  type StockLine,
} from './reservation-step.ts';
import { NotReleasableError, StockChangedError, StockViolationError } from './stock-errors.ts';
import {
  canHold,
  readStock,
  rejectOrder,
  type StockRead,
  type StockTableDeps,
  writeRejected,
} from './stock-table.ts';
import { type StepWrite, StockWriter } from './stock-writer.ts';

export interface OrderInventoryDeps extends StockTableDeps, OrderRetention {}

/** The most requests that are decided at once. */
const REQUESTS_MAX = 100;
/** The most reservations and products that are read for them. */
const KEYS_MAX = 500;
const REFUSALS_AT_ONCE_MAX = 8;

type Processed = { readonly status: 'processed' } | { readonly status: 'failed'; readonly error: unknown };
type Failures = ReadonlyMap<ReservationRequest, unknown>;

/** A reservation request with its reservation as it was read, and the next step. */
interface Decided extends StepWrite {
  readonly reservationRequest: ReservationRequest;
  /** Whether the stock is insufficient. */
  readonly isRefused: boolean;
}

/**
 * Keeps the stock consistent with the orders, so that for each sku `stock + reserved = received` at every moment: each
 * reservation is written in the transaction that changes its stock. Changes that are handled at the same time are read, decided
 * and written together. An order is refused only where a consistent read has less than it needs: one of a product whose stock cannot
 * be read fails, and is decided once that is repaired.
 */
export class OrderInventory {
  readonly #deps: OrderInventoryDeps;
  readonly #writer: StockWriter;
  readonly #batcher = new RequestBatcher<ReservationRequest, Processed>({
    send: (reservationRequests, signal) => this.#processTogether(reservationRequests, signal),
    entriesMax: REQUESTS_MAX,
    bytesMax: KEYS_MAX,
    bytesOf: ({ order }) => 1 + order.lines.length,
    concurrencyMax: 1,
  });
  readonly #refusing = pLimit(REFUSALS_AT_ONCE_MAX);

  constructor(deps: OrderInventoryDeps) {
    this.#deps = deps;
    this.#writer = new StockWriter(deps);
  }

  /**
   * Holds, releases or refuses the stock of one change. A repeat, also late or out of order, changes nothing.
   *
   * @throws ContractViolationError for a reservation that cannot be read; StockViolationError for a product whose stock cannot be read,
   * or that no release fits; SinkRefusedError for a write
   * that the table refuses as invalid; OptimisticLockError, StockContentionError or the SDK's own error when every attempt had a
   * conflict or the table failed.
   */
  async handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    const reservationRequest = reservationRequestOf(change);
    if (reservationRequest === undefined) return;
    const processed = await this.#batcher.submit(reservationRequest, signal);
    if (processed.status === 'failed') throw processed.error;
  }

  async #processTogether(
    reservationRequests: readonly ReservationRequest[],
    signal: AbortSignal,
  ): Promise<readonly Processed[]> {
    const failures = new Map<ReservationRequest, unknown>();
    // A transaction may touch a reservation once only: a second request for the same order waits for the first.
    let waiting = reservationRequests;
    while (waiting.length > 0) {
      const first = new Map<OrderId, ReservationRequest>();
      for (const one of waiting) if (!first.has(one.order.orderId)) first.set(one.order.orderId, one);
      for (const failure of await this.#process([...first.values()], signal)) failures.set(...failure);
      waiting = waiting.filter((one) => first.get(one.order.orderId) !== one);
    }
    return reservationRequests.map((one) =>
      failures.has(one) ? { status: 'failed', error: failures.get(one) } : { status: 'processed' },
    );
  }

  /** Processes requests of different orders, and those again from their read that met a change of it. */
  async #process(reservationRequests: readonly ReservationRequest[], signal: AbortSignal): Promise<Failures> {
    const final = new Map<ReservationRequest, unknown>();
    let remaining = reservationRequests;
    let failures: Failures = new Map();
    const attempt = async (): Promise<void> => {
      failures = await this.#processOnce(remaining, signal);
      for (const [one, error] of failures) if (!isRetryableConflict(error)) final.set(one, error);
      remaining = [...failures.keys()].filter((one) => !final.has(one));
      const [retried] = remaining;
      if (retried !== undefined) throw failures.get(retried);
    };
    try {
      await withRetry(attempt, { policy: CONFLICT_RETRY, isRetryable: isRetryableConflict, signal });
    } catch (error) {
      for (const one of remaining) final.set(one, failures.get(one) ?? error);
    }
    return final;
  }

  async #processOnce(
    reservationRequests: readonly ReservationRequest[],
    signal: AbortSignal,
  ): Promise<Failures> {
    const failures = new Map<ReservationRequest, unknown>();
    const orders = reservationRequests.map(({ order }) => order);
    const skus = [...new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))];
    const orderIds = orders.map(({ orderId }) => orderId);
    const stockRead = await readStock(this.#deps, orderIds, skus);
    const written: Decided[] = [];
    const refused: Decided[] = [];
    for (const reservationRequest of reservationRequests) {
      const decided = this.#decide(reservationRequest, stockRead);
      if (decided instanceof PermanentError) failures.set(reservationRequest, decided);
      else if (decided !== undefined) (decided.isRefused ? refused : written).push(decided);
    }
    const refusing = Promise.allSettled(
      refused.map((one) => this.#refusing(() => this.#refuse(one, signal))),
    );
    const results = [...(await this.#writer.write(written, stockRead.stocks, signal)), ...(await refusing)];
    for (const [index, { reservationRequest, step }] of [...written, ...refused].entries()) {
      const result = results[index];
      if (result?.status === 'rejected') failures.set(reservationRequest, failureOf(result.reason));
      else if (step.isDecidedAgain)
        failures.set(reservationRequest, new StockChangedError('An older order of this id held other stock'));
    }
    return failures;
  }

  /** What a request asks for, or why that cannot be decided; `undefined`: nothing. */
  #decide(
    reservationRequest: ReservationRequest,
    { reservations, stocks, brokenStocks }: StockRead,
  ): Decided | PermanentError | undefined {
    const read = reservations.get(reservationRequest.order.orderId);
    if (read instanceof ContractViolationError) return read;
    const step = reservationStep(read, reservationRequest);
    if (step.kind === 'none') return undefined;
    const [broken] = step.kind === 'mark' ? [] : step.lines.flatMap(({ sku }) => brokenStocks.get(sku) ?? []);
    if (broken !== undefined) return broken;
    const isRefused = step.kind === 'hold' && !isEnough(step.lines, stocks);
    const result = isRefused ? { ...step, state: 'REJECTED' as const } : step;
    const next = nextReservation(read, reservationRequest, result, this.#deps.clock);
    return { reservationRequest, step, reservation: { next, read }, isRefused };
  }

  async #refuse({ reservationRequest, reservation }: Decided, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { clock, tableName } = this.#deps;
    const now = clock.now();
    const ttl = ttlOfStatus('rejected', now, this.#deps);
    await writeRejected(
      this.#deps,
      reservation,
      rejectOrder(tableName, reservationRequest.order, { now: instantOf(now), ttl }),
    );
  }
}

/** Whether all that an order needs can be held. */
const isEnough = (lines: readonly StockLine[], stocks: ReadonlyMap<Sku, ProductStock>): boolean =>
  lines.every(({ sku, quantity }) => canHold(stocks.get(sku), quantity));

function failureOf(error: unknown): unknown {
  if (!(error instanceof NotReleasableError)) return asSinkError(error, 'The table');
  const issues = error.skus.map((sku) => ({
    path: `${productKey(sku).pk}.reserved`,
    message: 'is less than the order holds, or the stock has no room for it',
  }));
  return new StockViolationError('What the order holds cannot be released', issues, { cause: error });
}
