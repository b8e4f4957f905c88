import type { SearchAnalyticsResult } from '../../contracts/api/search.ts';
import { ordersCounter, revenueCounter, unitsCounter } from '../../contracts/entities/daily-stats.ts';
import { Day } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import type { CountersByDay } from '../order-events/analytics/recount.ts';
import { DailyCounters } from '../order-events/analytics/stats-update.ts';

/** The figures by day and status of responses, in the form of the daily stats' counters, so that the two can be compared. */
export function analyticsCounters(
  responses: Iterable<Pick<SearchAnalyticsResult, 'buckets'>>,
): CountersByDay {
  const counters = new DailyCounters();
  for (const { buckets } of responses) {
    for (const { key, byStatus } of buckets) {
      const day = parse(Day, key);
      for (const { status, orders, units, revenue } of byStatus) {
        counters.increase(day, ordersCounter(status), orders);
        counters.increase(day, unitsCounter(status), units);
        for (const { currency, amount } of revenue)
          counters.increase(day, revenueCounter(status, currency), amount);
      }
    }
  }
  return counters.nonZero();
}
