import { tallyKey } from '../../contracts/entities/keys.ts';
import type { OrderItem } from '../../contracts/entities/order.ts';
import type { TallyItem } from '../../contracts/entities/tally.ts';
import { OrderId, versionAfter } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import type { OrderAnalytics } from '../order-events/analytics/order-analytics.ts';
import { contributionOf } from '../order-events/analytics/stats-update.ts';
import { presentChange } from '../stream/current-state.ts';
import type { Repair } from './findings.ts';
import { type CheckedTable, contributionText, readPresent, type TableDigest } from './read-table.ts';
import type { CopyCheck, Suspect } from './recheck.ts';

/** What {@link tallyCheck} reads, and mends with. */
export interface TallyCheckDeps {
  readonly table: CheckedTable;
  readonly analytics: Pick<OrderAnalytics, 'handle' | 'count'>;
}

const CHECK = 'tallies';

/** The orders whose tally is not of their version, and those that are counted and were not seen. */
export function tallySuspects({ orders, tallies }: TableDigest): readonly Suspect[] {
  const suspects: Suspect[] = [];
  for (const [id, { version, key, contribution }] of orders) {
    const tally = tallies.get(id);
    if (tally?.orderVersion !== version || tally.contribution !== contribution)
      suspects.push({ id, version, key });
  }
  for (const [id, { contribution }] of tallies) {
    if (contribution !== undefined && !orders.has(id))
      suspects.push({ id, version: undefined, key: undefined });
  }
  return suspects;
}

/**
 * Each order is counted as it is: its tally, which moves the daily stats, is of its version. An order that is gone counts
 * nothing. What differs is counted by the analytics as if its change came now.
 */
export function tallyCheck({ table, analytics }: TallyCheckDeps): CopyCheck {
  return {
    check: CHECK,
    look: async ({ id, key }) => {
      const orderId = parse(OrderId, id);
      const order = key && (await readPresent(table, key));
      const tally = await readPresent(table, tallyKey(orderId));
      const counted = tally !== 'malformed' && tally?.entityType === 'Tally' ? tally : undefined;
      if (order === 'malformed') return { source: undefined, copy: undefined, detail: undefined };
      const sound = order?.entityType === 'Order' ? order : undefined;
      const sight = { source: sound?.version, copy: counted?.orderVersion };
      if (tally === 'malformed') return { ...sight, detail: 'has a tally that breaks its contract' };
      return sound === undefined
        ? { ...sight, ...goneSight(analytics, counted) }
        : { ...sight, ...presentSight(analytics, sound, counted) };
    },
  };
}

type Judged = { readonly detail: string | undefined; readonly repair?: Repair };

function presentSight(
  analytics: TallyCheckDeps['analytics'],
  order: OrderItem,
  tally: TallyItem | undefined,
): Judged {
  const repair: Repair = {
    how: 'count the present order',
    run: (signal) => analytics.handle(presentChange(order), signal),
  };
  if (tally === undefined) return { detail: 'is not counted', repair };
  if (tally.orderVersion < order.version)
    return { detail: `is counted at version ${tally.orderVersion} and is at ${order.version}`, repair };
  if (tally.orderVersion > order.version)
    return { detail: `is counted at version ${tally.orderVersion}, which is newer than ${order.version}` };
  const counted = tally.contribution && contributionText(tally.contribution);
  return {
    detail:
      counted === contributionText(contributionOf(order)) ? undefined : 'is counted as other than it is',
  };
}

function goneSight(analytics: TallyCheckDeps['analytics'], tally: TallyItem | undefined): Judged {
  if (tally?.contribution === undefined) return { detail: undefined };
  const { orderId, orderVersion } = tally;
  return {
    detail: 'is counted and not in the table',
    repair: {
      how: 'count the order out',
      run: (signal) =>
        analytics.count(
          { orderId, orderVersion: versionAfter(orderVersion), contribution: undefined, versions: [] },
          signal,
        ),
    },
  };
}
