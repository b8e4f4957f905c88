import type { CountedOrderItem } from '../../contracts/entities/counted-order.ts';
import { countedOrderKey } from '../../contracts/entities/counted-order.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import { OrderId, versionAfter } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import type { OrderAnalytics } from '../order-events/analytics/order-analytics.ts';
import { statsUpdateOf } from '../order-events/analytics/stats-update.ts';
import { currentChange } from '../stream/current-state.ts';
import type { Repair } from './findings.ts';
import { type CheckedTable, readCurrent, statsUpdateText, type TableDigest } from './read-table.ts';
import type { Candidate, CopyCheck } from './recheck.ts';

/** The dependencies of {@link countedOrderCheck}. */
export interface CountedOrderCheckDeps {
  readonly table: CheckedTable;
  readonly analytics: Pick<OrderAnalytics, 'handle' | 'count'>;
}

const CHECK = 'counted versions';

/** The orders whose counted version is not their version, and those that are counted and were not seen. */
export function countedOrderCandidates({ orders, countedOrders }: TableDigest): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const [id, { version, key, statsUpdate }] of orders) {
    const countedOrder = countedOrders.get(id);
    if (countedOrder?.orderVersion !== version || countedOrder.statsUpdate !== statsUpdate)
      candidates.push({ id, version, key });
  }
  for (const [id, { statsUpdate }] of countedOrders) {
    if (statsUpdate !== undefined && !orders.has(id))
      candidates.push({ id, version: undefined, key: undefined });
  }
  return candidates;
}

/**
 * Each order is counted as it is: its counted version is its version. A deleted order is not
 * counted. The analytics count a different one as if its change arrived now.
 */
export function countedOrderCheck({ table, analytics }: CountedOrderCheckDeps): CopyCheck {
  return {
    check: CHECK,
    compare: async ({ id, key }) => {
      const orderId = parse(OrderId, id);
      const order = key && (await readCurrent(table, key));
      const countedOrder = await readCurrent(table, countedOrderKey(orderId));
      const counted =
        countedOrder !== 'malformed' && countedOrder?.entityType === 'Tally' ? countedOrder : undefined;
      if (order === 'malformed') return { source: undefined, copy: undefined, detail: undefined };
      const sound = order?.entityType === 'Order' ? order : undefined;
      const comparison = { source: sound?.version, copy: counted?.orderVersion };
      if (countedOrder === 'malformed')
        return { ...comparison, detail: 'has a counted version that breaks its contract' };
      return sound === undefined
        ? { ...comparison, ...deletedComparison(analytics, counted) }
        : { ...comparison, ...currentComparison(analytics, sound, counted) };
    },
  };
}

type Judged = { readonly detail: string | undefined; readonly repair?: Repair };

function currentComparison(
  analytics: CountedOrderCheckDeps['analytics'],
  order: OrderItem,
  countedOrder: CountedOrderItem | undefined,
): Judged {
  const repair: Repair = {
    how: 'count the current order',
    run: (signal) => analytics.handle(currentChange(order), signal),
  };
  if (countedOrder === undefined) return { detail: 'is not counted', repair };
  if (countedOrder.orderVersion < order.version)
    return {
      detail: `is counted at version ${countedOrder.orderVersion} and is at ${order.version}`,
      repair,
    };
  if (countedOrder.orderVersion > order.version)
    return {
      detail: `is counted at version ${countedOrder.orderVersion}, which is newer than ${order.version}`,
    };
  const counted = countedOrder.contribution && statsUpdateText(countedOrder.contribution);
  return {
    detail: counted === statsUpdateText(statsUpdateOf(order)) ? undefined : 'is counted as other than it is',
  };
}

function deletedComparison(
  analytics: CountedOrderCheckDeps['analytics'],
  countedOrder: CountedOrderItem | undefined,
): Judged {
  if (countedOrder?.contribution === undefined) return { detail: undefined };
  const { orderId, orderVersion, versions = [], contribution, updatedAt } = countedOrder;
  // Without its versions, nothing would say in which status it still holds stock.
  const last = { version: orderVersion, at: updatedAt, status: contribution.status };
  return {
    detail: 'is counted and not in the table',
    repair: {
      how: 'count the order out',
      run: (signal) =>
        analytics.count(
          {
            orderId,
            orderVersion: versionAfter(orderVersion),
            statsUpdate: undefined,
            versions: versions.length === 0 ? [last] : [],
          },
          signal,
        ),
    },
  };
}
