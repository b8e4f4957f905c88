import pLimit from 'p-limit';
import { parseKey } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import type { Instant, OrderId } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { isRetryable } from '../aws/aws-errors.ts';
import { CONFLICT_RETRY, withRetry } from '../aws/retry.ts';
import { instantOf } from '../clock.ts';
import { OptimisticLockError } from '../dynamodb/optimistic-lock.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { ContractViolationError } from '../errors.ts';
import { NotFoundError, OrderMovedOnError } from '../request-errors.ts';
import { type ChangeOrderStatusDeps, changeOrderStatus } from './change-order-status.ts';
import { readStatusIndex, StatusPosition, type StatusSpread } from './status-index.ts';

const PAGE_SIZE = 100;

export interface CancelStaleOrdersDeps extends ChangeOrderStatusDeps, StatusSpread {
  /** Called for each order that could not be cancelled; without an id where its key is that of no order. */
  readonly onFailure: (error: unknown, orderId: OrderId | undefined) => void;
}

/** Which orders are stale, and how long there is to cancel them. */
export interface StaleOrdersCommand {
  /** An order is stale that is still `placed` and was placed before this. */
  readonly placedBefore: Instant;
  /** Whether there is time to start one more page or order. Started work is awaited. */
  readonly hasTime: () => boolean;
}

/** The results for the stale orders. */
export interface StaleOrdersReport {
  readonly cancelled: number;
  /** Those that were confirmed, cancelled or removed meanwhile. */
  readonly skipped: number;
  readonly failed: number;
  /** Whether the time ended before the last of them. */
  readonly hasMore: boolean;
}

type Outcome = 'cancelled' | 'skipped' | 'failed';

const CANCELLATIONS_AT_ONCE_MAX = 8;

/**
 * Cancels the orders that were not paid for in time, the oldest first. The index returns the candidates. Each is
 * then read again and cancelled only while it is still placed, so that a repeat, also at the same time, changes nothing more.
 * An order that fails does not stop the others.
 *
 * @throws the SDK's own error when a page cannot be read.
 */
export async function cancelStaleOrders(
  deps: CancelStaleOrdersDeps,
  { placedBefore, hasTime }: StaleOrdersCommand,
): Promise<StaleOrdersReport> {
  const limit = pLimit(CANCELLATIONS_AT_ONCE_MAX);
  const counts: Record<Outcome, number> = { cancelled: 0, skipped: 0, failed: 0 };
  let startAfter: StatusPosition | undefined;
  let hasMore: boolean;
  do {
    if (!hasTime()) return { ...counts, hasMore: true };
    const { items: keys, next } = await readStatusIndex<StatusPosition>(deps, {
      status: 'placed',
      window: { to: lastInstantBefore(placedBefore) },
      first: 'oldest',
      projection: 'pk, sk, GSI1PK, GSI1SK',
      itemsOf: (images) => images.map((image) => parse(StatusPosition, unmarshal(image))),
      limit: PAGE_SIZE,
      startAfter,
    });
    const outcomes = await Promise.all(
      keys.map((key) => limit(async () => (hasTime() ? cancel(deps, key) : undefined))),
    );
    for (const outcome of outcomes) if (outcome !== undefined) counts[outcome] += 1;
    hasMore = outcomes.includes(undefined);
    startAfter = next;
  } while (startAfter !== undefined && !hasMore);
  return { ...counts, hasMore };
}

const lastInstantBefore = (instant: Instant): Instant => instantOf(new Date(Date.parse(instant) - 1));

async function cancel(deps: CancelStaleOrdersDeps, key: ItemKey): Promise<Outcome> {
  const named = parseKey(key);
  const order = named?.entityType === 'Order' ? named : undefined;
  try {
    if (order === undefined)
      throw new ContractViolationError('An entry of the index for placed orders is no order');
    const command = {
      userId: order.userId,
      orderId: order.orderId,
      status: 'cancelled',
      from: 'placed',
      byOwner: false,
    } as const;
    await withRetry(() => changeOrderStatus(deps, command), {
      policy: CONFLICT_RETRY,
      // changeOrderStatus has retried a lost update itself.
      isRetryable: (error) => !(error instanceof OptimisticLockError) && isRetryable(error),
    });
    return 'cancelled';
  } catch (error) {
    if (error instanceof OrderMovedOnError || error instanceof NotFoundError) return 'skipped';
    deps.onFailure(error, order?.orderId);
    return 'failed';
  }
}
