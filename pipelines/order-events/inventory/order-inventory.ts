import pLimit from 'p-limit';
import { productKey } from '../../../contracts/entities/keys.ts';
import type { ReservationItem } from '../../../contracts/entities/reservation.ts';
import type { Sku } from '../../../contracts/ids.ts';
import { asSinkError } from '../../aws/aws-errors.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { CONFLICT_RETRY, withRetry } from '../../aws/retry.ts';
import { instantOf } from '../../clock.ts';
import { isWorthDecidingAnew } from '../../dynamodb/optimistic-lock.ts';
import { ContractViolationError, PermanentError } from '../../errors.ts';
import { type OrderRetention, ttlOfStatus } from '../../orders/retention.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import {
  netMoves,
  nextReservation,
  type ReservationStep,
  reservationStep,
  type StockDemand,
  stockDemandOf,
  stockLinesOf,
} from './reservation-step.ts';
import { rejectOrder, ShortStockError, StockTable, type StockTableDeps } from './stock-table.ts';

export interface OrderInventoryDeps extends StockTableDeps, OrderRetention {}

/** A transaction's limit. See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html. */
const ACTIONS_MAX = 100;
// Transactions of one process would mostly compete for the same products.
const TRANSACTIONS_AT_ONCE_MAX = 2;
const ALONE_AT_ONCE_MAX = 4;

type Settled = { readonly status: 'settled' } | { readonly status: 'failed'; readonly error: unknown };
type Failures = ReadonlyMap<StockDemand, unknown>;

/** A demand whose reservation was read, and what is to be done for it. */
interface Decided {
  readonly demand: StockDemand;
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
  readonly #batcher = new RequestBatcher<StockDemand, Settled>({
    send: (demands, signal) => this.#settleTogether(demands, signal),
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
    const demand = stockDemandOf(change);
    if (demand === undefined) return;
    const settled = await this.#batcher.submit(demand, signal);
    if (settled.status === 'failed') throw settled.error;
  }

  async #settleTogether(demands: readonly StockDemand[], signal: AbortSignal): Promise<readonly Settled[]> {
    // A transaction may touch a reservation once only: a second demand of the same order waits for the first.
    const first = new Map([...demands].reverse().map((demand) => [demand.order.orderId, demand]));
    const firsts = new Set(first.values());
    const repeats = demands.filter((demand) => !firsts.has(demand));
    const failures = new Map([
      ...(await this.#settle([...firsts], signal)),
      ...(await this.#settleEach(repeats, signal)),
    ]);
    return demands.map((demand) =>
      failures.has(demand) ? { status: 'failed', error: failures.get(demand) } : { status: 'settled' },
    );
  }

  async #settle(demands: readonly StockDemand[], signal: AbortSignal): Promise<Failures> {
    try {
      await withRetry(() => this.#settleOnce(demands), {
        policy: CONFLICT_RETRY,
        isRetryable: isWorthDecidingAnew,
        signal,
      });
      return new Map();
    } catch (cause) {
      const error = asSinkError(cause, 'The table');
      if (demands.length > 1 && error instanceof ShortStockError)
        return this.#settleApart(demands, error.skus, signal);
      if (demands.length > 1 && error instanceof PermanentError) return this.#settleEach(demands, signal);
      return new Map(demands.map((demand) => [demand, error]));
    }
  }

  async #settleApart(
    demands: readonly StockDemand[],
    short: ReadonlySet<Sku>,
    signal: AbortSignal,
  ): Promise<Failures> {
    const touches = ({ order }: StockDemand): boolean => order.lines.some(({ sku }) => short.has(sku));
    const [touching, others] = [demands.filter(touches), demands.filter((demand) => !touches(demand))];
    // A reservation can hold other skus than its order names; then none of them is known to be at fault.
    if (touching.length === 0) return this.#settleEach(demands, signal);
    return new Map([...(await this.#settle(others, signal)), ...(await this.#settleEach(touching, signal))]);
  }

  async #settleEach(demands: readonly StockDemand[], signal: AbortSignal): Promise<Failures> {
    const settled = await Promise.all(
      demands.map((demand) => this.#alone(() => this.#settle([demand], signal))),
    );
    return new Map(settled.flatMap((failures) => [...failures]));
  }

  async #settleOnce(demands: readonly StockDemand[]): Promise<void> {
    const reservations = await this.#table.read(demands.map(({ order }) => order.orderId));
    const decided = demands.flatMap((demand): Decided[] => {
      const read = reservations.get(demand.order.orderId);
      const step = reservationStep(read, demand);
      return step.kind === 'none' ? [] : [{ demand, read, step }];
    });
    const writes = decided.map(({ demand, read, step }) => ({
      next: nextReservation(read, demand, step, this.#deps.clock),
      read,
    }));
    try {
      await this.#table.write(writes, netMoves(decided.map(({ step }) => step)));
    } catch (error) {
      const [only] = decided;
      if (!(error instanceof ShortStockError) || demands.length > 1 || only === undefined) throw error;
      if (only.step.kind !== 'hold') throw missingReserved(error);
      await this.#refuse(only);
    }
  }

  #refuse({ demand, read }: Decided): Promise<void> {
    const { clock, tableName } = this.#deps;
    const lines = stockLinesOf(demand.order.lines);
    const next = nextReservation(read, demand, { state: 'REJECTED', lines }, clock);
    const now = clock.now();
    const ttl = ttlOfStatus('rejected', now, this.#deps);
    return this.#table.writeRejected(
      { next, read },
      rejectOrder(tableName, demand.order, { now: instantOf(now), ttl }),
    );
  }
}

function missingReserved(cause: ShortStockError): ContractViolationError {
  const issues = [...cause.skus].map((sku) => ({
    path: `${productKey(sku).pk}.reserved`,
    message: 'is less than the order holds, or the stock has no room for it',
  }));
  return new ContractViolationError('What the order holds cannot be released', issues, { cause });
}
