import type { SearchAnalyticsResult } from '../../contracts/api/search-analytics.ts';
import { Day } from '../../contracts/ids.ts';
import { ordersCounter, revenueCounter, unitsCounter } from '../../contracts/items/daily-stats.ts';
import { parse } from '../../contracts/reading.ts';
import { DailyCounters } from '../analytics/daily-counters.ts';
import type { CountersByDay } from '../analytics/recount.ts';

/** What answers by day tell of each status, in the form of the daily stats' counters, so that the two can be compared. */
export function analyticsCounters(answers: Iterable<Pick<SearchAnalyticsResult, 'buckets'>>): CountersByDay {
  const counters = new DailyCounters();
  for (const { buckets } of answers) {
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
