import {
  COUNTED_VERSIONS_MAX,
  type CountedVersion,
  type StatsUpdate,
} from '../../../contracts/entities/counted-order.ts';
import { ordersCounter, revenueCounter, unitsCounter } from '../../../contracts/entities/daily-stats.ts';
import { type OrderItem, orderUnits } from '../../../contracts/entities/order.ts';
import { isStatusEvent } from '../../../contracts/events/order-notification.ts';
import { Day, type OrderId, type Version } from '../../../contracts/ids.ts';
import { parse } from '../../../contracts/reading.ts';
import type { ChangeOf } from '../../stream/stream-change.ts';
import { eventsOf, type PublisherSettings } from '../notification/publishers.ts';

/** What one version of an order adds to the daily stats; `undefined` once it was removed. */
export interface CountRequest {
  readonly orderId: OrderId;
  readonly orderVersion: Version;
  readonly statsUpdate: StatsUpdate | undefined;
  /** The versions that it includes, its own the last. */
  readonly versions: readonly CountedVersion[];
}

const DAY_CHARACTERS = 'yyyy-mm-dd'.length;

/** What an order adds to the stats of the UTC day on which it was placed. */
export const statsUpdateOf = (order: OrderItem): StatsUpdate => ({
  day: parse(Day, order.createdAt.slice(0, DAY_CHARACTERS)),
  status: order.status,
  units: orderUnits(order.lines),
  revenue: order.total,
  currency: order.currency,
});

/** What the stats must hold of an order after a change of it. */
export function countRequestOf(change: ChangeOf<'Order'>, settings: PublisherSettings): CountRequest {
  const order = change.kind === 'REMOVE' ? change.oldItem : change.newItem;
  return {
    orderId: order.orderId,
    orderVersion: change.version,
    statsUpdate: change.kind === 'REMOVE' ? undefined : statsUpdateOf(order),
    versions: [countedVersion(change, settings)],
  };
}

function countedVersion(change: ChangeOf<'Order'>, settings: PublisherSettings): CountedVersion {
  const events = eventsOf(change, settings);
  const event = events.find(isStatusEvent);
  const facts = events.filter((one) => !isStatusEvent(one)).map(({ type }) => type);
  const order = change.kind === 'REMOVE' ? change.oldItem : change.newItem;
  return {
    version: change.version,
    at: event?.time ?? order.updatedAt,
    status: change.kind === 'REMOVE' ? undefined : order.status,
    notification: event?.type,
    ...(facts.length > 0 && { facts }),
  };
}

/** The versions of an order that its counted order holds, once `request` is counted. */
export const versionsAfter = (
  counted: readonly CountedVersion[],
  request: CountRequest,
): readonly CountedVersion[] => inOrder([...counted, ...request.versions]).slice(-COUNTED_VERSIONS_MAX);

const inOrder = (versions: readonly CountedVersion[]): readonly CountedVersion[] =>
  [...new Map(versions.map((one) => [one.version, one])).values()].toSorted(
    (one, other) => one.version - other.version,
  );

/** The newest count request of each order, which includes the versions of the older ones too. */
export function newestRequests(requests: Iterable<CountRequest>): Map<OrderId, CountRequest> {
  const newest = new Map<OrderId, CountRequest>();
  for (const request of requests) {
    const known = newest.get(request.orderId);
    const newer = known === undefined || known.orderVersion < request.orderVersion ? request : known;
    newest.set(request.orderId, {
      ...newer,
      versions: inOrder([...(known?.versions ?? []), ...request.versions]),
    });
  }
  return newest;
}

/** Sums by day and counter name. */
export class DailyCounters {
  readonly #days = new Map<Day, Map<string, number>>();

  /** Adds a stats update. */
  add(statsUpdate: StatsUpdate): void {
    this.#count(statsUpdate, 1);
  }

  /** Subtracts a stats update. */
  subtract(statsUpdate: StatsUpdate): void {
    this.#count(statsUpdate, -1);
  }

  /** Adds to one counter. */
  increase(day: Day, counter: string, by: number): void {
    const counters = this.#days.get(day) ?? new Map<string, number>();
    counters.set(counter, (counters.get(counter) ?? 0) + by);
    this.#days.set(day, counters);
  }

  /** The sums by day, without counters that are zero and days that have no others: equal sums give equal maps. */
  nonZero(): Map<Day, Readonly<Record<string, number>>> {
    const days = new Map<Day, Readonly<Record<string, number>>>();
    for (const [day, counters] of this.#days) {
      const nonZero = [...counters].filter(([, sum]) => sum !== 0);
      if (nonZero.length > 0) days.set(day, Object.fromEntries(nonZero));
    }
    return days;
  }

  #count({ day, status, units, revenue, currency }: StatsUpdate, sign: 1 | -1): void {
    this.increase(day, ordersCounter(status), sign);
    this.increase(day, unitsCounter(status), sign * units);
    this.increase(day, revenueCounter(status, currency), sign * revenue);
  }
}
