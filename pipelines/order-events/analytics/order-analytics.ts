import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { CountedOrderItem } from '../../../contracts/entities/counted-order.ts';
import { countedOrderKey } from '../../../contracts/entities/counted-order.ts';
import { dailyStatsKey } from '../../../contracts/entities/daily-stats.ts';
import { type Day, type Instant, type OrderId, versionAfter } from '../../../contracts/ids.ts';
import { STATS_PARTS_MAX } from '../../../contracts/partitions.ts';
import { type SettingsOf, wholeNumber } from '../../../contracts/settings.ts';
import { asSinkError } from '../../aws/aws-errors.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { CONFLICT_RETRY, withRetry } from '../../aws/retry.ts';
import { type Clock, instantOf } from '../../clock.ts';
import { ACTIONS_MAX, ConditionsFailedError, commit } from '../../dynamodb/commit.ts';
import {
  isRetryableConflict,
  OptimisticLockError,
  TransactionConflictError,
} from '../../dynamodb/optimistic-lock.ts';
import { ContractViolationError } from '../../errors.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import type { PublisherSettings } from '../notification/publishers.ts';
import type { CountersByDay } from './recount.ts';
import { type ReadCountedOrder, readCountedOrders } from './recount.ts';
import {
  type CountRequest,
  countRequestOf,
  DailyCounters,
  newestRequests,
  versionsAfter,
} from './stats-update.ts';
import { addToStats, putCountedOrder } from './write-actions.ts';

/** How the stats are kept. */
export const analyticsSettings = {
  /** Over how many items the stats of a day are spread. 1 where it is absent. */
  statsParts: () => wholeNumber(1, STATS_PARTS_MAX),
};

export interface OrderAnalyticsDeps extends PublisherSettings, Partial<SettingsOf<typeof analyticsSettings>> {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

// Transactions of one process would only compete for the same days.
const TRANSACTIONS_AT_ONCE_MAX = 1;

type Counted = { readonly status: 'counted' } | { readonly status: 'failed'; readonly error: unknown };
type Failures = ReadonlyMap<OrderId, unknown>;

/** Three of 100 actions are left for the days of the orders. Orders of more days are counted in two halves. */
const ORDERS_MAX = ACTIONS_MAX - 3;

/**
 * Keeps the daily stats equal to a recount of the table. An order's counted order item says which version the stats hold. It is
 * written in the transaction that updates them, so each version counts once, in any order of arrival and with any repeats.
 * Changes that are handled at the same time share a transaction, in which the counters of a day are one action. Each process adds
 * to a part of its own as long as no other does.
 */
export class OrderAnalytics {
  readonly #deps: OrderAnalyticsDeps;
  #part: number;
  readonly #batcher = new RequestBatcher<CountRequest, Counted>({
    send: (requests, signal) => this.#countTogether(requests, signal),
    entriesMax: ORDERS_MAX,
    bytesMax: Number.POSITIVE_INFINITY,
    bytesOf: () => 0,
    concurrencyMax: TRANSACTIONS_AT_ONCE_MAX,
  });

  constructor(deps: OrderAnalyticsDeps) {
    this.#deps = deps;
    this.#part = this.#anyPart();
  }

  #anyPart(): number {
    return Math.floor(Math.random() * (this.#deps.statsParts ?? 1));
  }

  /**
   * Resolves once the stats hold this version of the order, or a newer one.
   *
   * @throws ContractViolationError for a counted order that violates its contract, or a counter at its limit; SinkRefusedError for stats that cannot be added to;
   * OptimisticLockError or the SDK's own error when every attempt had a conflict or the table failed.
   */
  handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    return this.count(countRequestOf(change, this.#deps), signal);
  }

  /** Does for a count request what {@link handle} does for the change that makes it. */
  async count(request: CountRequest, signal: AbortSignal): Promise<void> {
    const counted = await this.#batcher.submit(request, signal);
    if (counted.status === 'failed') throw counted.error;
  }

  async #countTogether(requests: readonly CountRequest[], signal: AbortSignal): Promise<readonly Counted[]> {
    const failures = await this.#count([...newestRequests(requests).values()], signal);
    return requests.map(({ orderId }) =>
      failures.has(orderId) ? { status: 'failed', error: failures.get(orderId) } : { status: 'counted' },
    );
  }

  async #count(requests: readonly CountRequest[], signal: AbortSignal): Promise<Failures> {
    try {
      return await withRetry(() => this.#countOnce(requests), {
        policy: CONFLICT_RETRY,
        isRetryable: isRetryableConflict,
        signal,
      });
    } catch (error) {
      if (requests.length > 1 && !isRetryableConflict(error) && !signal.aborted)
        return this.#countEach(requests, signal);
      return new Map(requests.map(({ orderId }) => [orderId, error]));
    }
  }

  // An order or a stats item that cannot be written must fail its own order or day only.
  async #countEach(requests: readonly CountRequest[], signal: AbortSignal): Promise<Failures> {
    const failures: (readonly [OrderId, unknown])[] = [];
    for (const request of requests) failures.push(...(await this.#count([request], signal)));
    return new Map(failures);
  }

  async #countOnce(requests: readonly CountRequest[]): Promise<Failures> {
    const { dynamoDb, tableName } = this.#deps;
    const orderIds = requests.map(({ orderId }) => orderId);
    const countedOrders = await readCountedOrders(dynamoDb, tableName, orderIds);
    const { puts, deltas, failures, written } = this.#prepare(requests, countedOrders);
    if (puts.length + deltas.size <= ACTIONS_MAX) {
      if (puts.length > 0) await this.#write(puts, deltas, written);
      return failures;
    }
    const half = Math.ceil(requests.length / 2);
    return new Map([
      ...(await this.#countOnce(requests.slice(0, half))),
      ...(await this.#countOnce(requests.slice(half))),
    ]);
  }

  #prepare(requests: readonly CountRequest[], countedOrders: ReadonlyMap<OrderId, ReadCountedOrder>) {
    const { tableName, clock } = this.#deps;
    const written = { now: instantOf(clock.now()), firstVersion: clock.firstVersion() };
    const failures = new Map<OrderId, unknown>();
    const counters = new DailyCounters();
    const puts: TransactWriteItem[] = [];
    for (const request of requests) {
      const countedOrder = countedOrders.get(request.orderId);
      if (countedOrder instanceof ContractViolationError) {
        failures.set(request.orderId, countedOrder);
      } else if (countedOrder === undefined || countedOrder.orderVersion < request.orderVersion) {
        if (countedOrder?.contribution !== undefined) counters.subtract(countedOrder.contribution);
        if (request.statsUpdate !== undefined) counters.add(request.statsUpdate);
        puts.push(
          putCountedOrder(tableName, this.#countedOrderOf(request, countedOrder, written.now), countedOrder),
        );
      }
    }
    return { puts, deltas: counters.nonZero(), failures, written };
  }

  #countedOrderOf(
    request: CountRequest,
    countedOrder: CountedOrderItem | undefined,
    now: Instant,
  ): CountedOrderItem {
    return {
      ...countedOrderKey(request.orderId),
      entityType: 'Tally',
      orderId: request.orderId,
      orderVersion: request.orderVersion,
      contribution: request.statsUpdate,
      versions: [...versionsAfter(countedOrder?.versions ?? [], request)],
      createdAt: countedOrder?.createdAt ?? now,
      updatedAt: now,
      version:
        countedOrder === undefined ? this.#deps.clock.firstVersion() : versionAfter(countedOrder.version),
    };
  }

  async #write(
    puts: readonly TransactWriteItem[],
    deltas: CountersByDay,
    written: Parameters<typeof addToStats>[3],
  ): Promise<void> {
    const days = [...deltas];
    const additions = days.map(([day, counters]) =>
      addToStats(this.#deps.tableName, { day, part: this.#part }, counters, written),
    );
    try {
      await commit(this.#deps.dynamoDb, [...puts, ...additions]);
    } catch (error) {
      // Another process adds to this part, or another one has these orders.
      if (error instanceof TransactionConflictError) this.#part = this.#anyPart();
      if (!(error instanceof ConditionsFailedError)) throw asSinkError(error, 'The table');
      const full = days.filter((_, index) => error.failedActions.has(puts.length + index));
      const hasConflict = puts.some((_, index) => error.failedActions.has(index));
      if (!hasConflict)
        throw counterLimit(
          full.map(([day]) => day),
          error,
        );
      throw new OptimisticLockError('A counted order changed while its update was prepared', {
        cause: error,
      });
    }
  }
}

function counterLimit(days: readonly Day[], cause: ConditionsFailedError): ContractViolationError {
  const issues = days.map((day) => ({ path: dailyStatsKey(day).pk, message: 'has a counter at its limit' }));
  return new ContractViolationError('The daily stats have no room for the order', issues, { cause });
}
