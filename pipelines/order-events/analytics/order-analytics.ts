import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { dailyStatsKey, tallyKey } from '../../../contracts/entities/keys.ts';
import type { TallyItem } from '../../../contracts/entities/tally.ts';
import { type Day, type Instant, type OrderId, versionAfter } from '../../../contracts/ids.ts';
import { asSinkError } from '../../aws/aws-errors.ts';
import { RequestBatcher } from '../../aws/request-batcher.ts';
import { CONFLICT_RETRY, withRetry } from '../../aws/retry.ts';
import { type Clock, instantOf } from '../../clock.ts';
import { ConditionsFailedError, commit } from '../../dynamodb/commit.ts';
import { isWorthDecidingAnew, LostRaceError } from '../../dynamodb/optimistic-lock.ts';
import { ContractViolationError } from '../../errors.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import type { CountersByDay } from './recount.ts';
import { readTallies } from './recount.ts';
import { claimOf, DailyCounters, newestClaims, type OrderClaim, versionsAfter } from './stats-update.ts';
import { addToStats, ORDERS_IN_TRANSACTION_MAX, putTally } from './write-actions.ts';

export interface OrderAnalyticsDeps {
  readonly dynamoDb: DynamoDBClient;
  readonly tableName: string;
  readonly clock: Clock;
}

// Transactions of one process would only compete for the same days.
const TRANSACTIONS_AT_ONCE_MAX = 1;

type Counted = { readonly status: 'counted' } | { readonly status: 'failed'; readonly error: unknown };
type Failures = ReadonlyMap<OrderId, unknown>;

/**
 * Keeps the daily stats equal to a recount of the table. An order's tally says which version of it the stats hold; it is
 * written in the transaction that moves them, so each version counts once, in whatever order and however often it comes.
 * Changes that are handled at the same time share a transaction, in which the counters of a day are one action.
 */
export class OrderAnalytics {
  readonly #deps: OrderAnalyticsDeps;
  readonly #batcher = new RequestBatcher<OrderClaim, Counted>({
    send: (claims, signal) => this.#countTogether(claims, signal),
    entriesMax: ORDERS_IN_TRANSACTION_MAX,
    bytesMax: Number.POSITIVE_INFINITY,
    bytesOf: () => 0,
    concurrencyMax: TRANSACTIONS_AT_ONCE_MAX,
  });

  constructor(deps: OrderAnalyticsDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves once the stats hold this version of the order, or a newer one.
   *
   * @throws ContractViolationError for a tally that breaks its contract, or a counter at its limit; SinkRefusedError for stats that cannot be added to;
   * LostRaceError or the SDK's own error when other writers kept winning or the table failed.
   */
  handle(change: ChangeOf<'Order'>, signal: AbortSignal): Promise<void> {
    return this.count(claimOf(change), signal);
  }

  /** Does for a claim what {@link handle} does for the change that makes it. */
  async count(claim: OrderClaim, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const counted = await this.#batcher.submit(claim, signal);
    if (counted.status === 'failed') throw counted.error;
  }

  async #countTogether(claims: readonly OrderClaim[], signal: AbortSignal): Promise<readonly Counted[]> {
    const failures = await this.#count([...newestClaims(claims).values()], signal);
    return claims.map(({ orderId }) =>
      failures.has(orderId) ? { status: 'failed', error: failures.get(orderId) } : { status: 'counted' },
    );
  }

  async #count(claims: readonly OrderClaim[], signal: AbortSignal): Promise<Failures> {
    try {
      return await withRetry(() => this.#countOnce(claims), {
        policy: CONFLICT_RETRY,
        isRetryable: isWorthDecidingAnew,
        signal,
      });
    } catch (error) {
      if (claims.length > 1 && !isWorthDecidingAnew(error) && !signal.aborted)
        return this.#countEach(claims, signal);
      return new Map(claims.map(({ orderId }) => [orderId, asSinkError(error, 'The table')]));
    }
  }

  // An order or a stats item that cannot be written must fail its own order or day only.
  async #countEach(claims: readonly OrderClaim[], signal: AbortSignal): Promise<Failures> {
    const failures: (readonly [OrderId, unknown])[] = [];
    for (const claim of claims) failures.push(...(await this.#count([claim], signal)));
    return new Map(failures);
  }

  async #countOnce(claims: readonly OrderClaim[]): Promise<Failures> {
    const { dynamoDb, tableName, clock } = this.#deps;
    const tallies = await readTallies(
      dynamoDb,
      tableName,
      claims.map(({ orderId }) => orderId),
    );
    const written = { now: instantOf(clock.now()), firstVersion: clock.firstVersion() };
    const failures = new Map<OrderId, ContractViolationError>();
    const counters = new DailyCounters();
    const puts: TransactWriteItem[] = [];
    for (const claim of claims) {
      const tally = tallies.get(claim.orderId);
      if (tally instanceof ContractViolationError) {
        failures.set(claim.orderId, tally);
      } else if (tally === undefined || tally.orderVersion < claim.orderVersion) {
        if (tally?.contribution !== undefined) counters.subtract(tally.contribution);
        if (claim.contribution !== undefined) counters.add(claim.contribution);
        puts.push(putTally(tableName, this.#tallyOf(claim, tally, written.now), tally));
      }
    }
    if (puts.length > 0) await this.#write(puts, counters.nonZero(), written);
    return failures;
  }

  #tallyOf(claim: OrderClaim, tally: TallyItem | undefined, now: Instant): TallyItem {
    return {
      ...tallyKey(claim.orderId),
      entityType: 'Tally',
      orderId: claim.orderId,
      orderVersion: claim.orderVersion,
      contribution: claim.contribution,
      versions: [...versionsAfter(tally?.versions ?? [], claim)],
      createdAt: tally?.createdAt ?? now,
      updatedAt: now,
      version: tally === undefined ? this.#deps.clock.firstVersion() : versionAfter(tally.version),
    };
  }

  async #write(
    puts: readonly TransactWriteItem[],
    deltas: CountersByDay,
    written: Parameters<typeof addToStats>[3],
  ): Promise<void> {
    const days = [...deltas];
    const additions = days.map(([day, counters]) => addToStats(this.#deps.tableName, day, counters, written));
    try {
      await commit(this.#deps.dynamoDb, [...puts, ...additions]);
    } catch (error) {
      if (!(error instanceof ConditionsFailedError)) throw error;
      const full = days.filter((_, index) => error.failedActions.has(puts.length + index));
      const isLost = puts.some((_, index) => error.failedActions.has(index));
      if (!isLost)
        throw counterLimit(
          full.map(([day]) => day),
          error,
        );
      throw new LostRaceError('A tally changed while it was counted', { cause: error });
    }
  }
}

function counterLimit(days: readonly Day[], cause: ConditionsFailedError): ContractViolationError {
  const issues = days.map((day) => ({ path: dailyStatsKey(day).pk, message: 'has a counter at its limit' }));
  return new ContractViolationError('The daily stats have no room for the order', issues, { cause });
}
