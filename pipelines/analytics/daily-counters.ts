import type { Day } from '../../contracts/ids.ts';
import { ordersCounter, revenueCounter, unitsCounter } from '../../contracts/items/daily-stats.ts';
import type { Contribution } from '../../contracts/items/tally.ts';

/** Sums by day and counter name. */
export class DailyCounters {
  readonly #days = new Map<Day, Map<string, number>>();

  /** Counts a contribution in. */
  add(contribution: Contribution): void {
    this.#count(contribution, 1);
  }

  /** Counts a contribution out. */
  subtract(contribution: Contribution): void {
    this.#count(contribution, -1);
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

  #count({ day, status, units, revenue, currency }: Contribution, sign: 1 | -1): void {
    this.increase(day, ordersCounter(status), sign);
    this.increase(day, unitsCounter(status), sign * units);
    this.increase(day, revenueCounter(status, currency), sign * revenue);
  }
}
