import type { CountersByDay } from '../analytics/recount.ts';
import type { Difference } from './difference.ts';

/** Compares the daily stats with a recount of the orders, counter by counter; an absent counter is zero. */
export function compareStats(stats: CountersByDay, recounted: CountersByDay): readonly Difference[] {
  const actual = flat(stats);
  const expected = flat(recounted);
  const names = [...new Set([...actual.keys(), ...expected.keys()])];
  return names.flatMap((id) => {
    const is = actual.get(id) ?? 0;
    const should = expected.get(id) ?? 0;
    return is === should ? [] : [{ check: 'stats', id, detail: `is ${is} and a recount gives ${should}` }];
  });
}

const flat = (byDay: CountersByDay): Map<string, number> =>
  new Map(
    [...byDay].flatMap(([day, counters]) =>
      Object.entries(counters).map(([name, value]) => [`${day} ${name}`, value]),
    ),
  );
