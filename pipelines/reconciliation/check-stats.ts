import { dailyStatsKey } from '../../contracts/entities/daily-stats.ts';
import { Day, Version } from '../../contracts/ids.ts';
import { parse } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../clock.ts';
import { commit } from '../dynamodb/commit.ts';
import { scanTable } from '../dynamodb/scan-table.ts';
import { type CountersByDay, countersOf } from '../order-events/analytics/recount.ts';
import { DailyCounters } from '../order-events/analytics/stats-update.ts';
import { correctStats } from '../order-events/analytics/write-actions.ts';
import type { Difference } from './findings.ts';
import { type CheckedTable, readItems } from './read-table.ts';
import type { SumCheck } from './recheck.ts';

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

/**
 * The stats of each day are the sum of the counted orders. Other counters are corrected on the condition that the stats still have
 * the version at which they were compared twice: every count of the analytics meanwhile changes the version.
 */
export function statsCheck(table: CheckedTable, clock: Clock): SumCheck {
  const read = async (days: readonly string[]) => {
    const items = await readItems(
      table,
      days.map((day) => dailyStatsKey(parse(Day, day))),
    );
    return items.flatMap((item) => (item.entityType === 'DailyStats' ? [item] : []));
  };
  const recounts = new Map<Day, Readonly<Record<string, number>>>();
  const actuals = new Map<Day, Readonly<Record<string, number>>>();
  return {
    versions: async (days) => new Map((await read(days)).map(({ day, version }) => [day, version])),
    compare: async (days, signal) => {
      const recounted = await recountOrders(table, new Set(days), signal);
      const stats = countersOf(await read(days));
      for (const day of days.map((text) => parse(Day, text))) {
        recounts.set(day, recounted.get(day) ?? {});
        actuals.set(day, stats.get(day) ?? {});
      }
      return compareStats(stats, recounted);
    },
    repair: (text, version) => {
      const day = parse(Day, text);
      const deltas = deltasOf(actuals.get(day) ?? {}, recounts.get(day) ?? {});
      return {
        how: 'correct the counters',
        run: async () => {
          const written = { now: instantOf(clock.now()), firstVersion: clock.firstVersion() };
          const readVersion = version === undefined ? undefined : parse(Version, version);
          await commit(table.dynamoDb, [correctStats(table.tableName, day, deltas, written, readVersion)]);
        },
      };
    },
  };
}

async function recountOrders(
  table: CheckedTable,
  days: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<CountersByDay> {
  const counters = new DailyCounters();
  await scanTable(
    table.dynamoDb,
    { ...table, entityTypes: ['Tally'], signal },
    {
      item: (item) => {
        if (item.entityType !== 'Tally' || item.contribution === undefined) return;
        if (days.has(item.contribution.day)) counters.add(item.contribution);
      },
      malformed: () => undefined,
    },
  );
  return counters.nonZero();
}

function deltasOf(is: Readonly<Record<string, number>>, should: Readonly<Record<string, number>>) {
  const names = new Set([...Object.keys(is), ...Object.keys(should)]);
  const deltas = [...names].map((name) => [name, (should[name] ?? 0) - (is[name] ?? 0)] as const);
  return Object.fromEntries(deltas.filter(([, delta]) => delta !== 0));
}
