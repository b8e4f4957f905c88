import { Day, Version } from '../../contracts/ids.ts';
import { dailyStatsKey } from '../../contracts/keys.ts';
import { parse } from '../../contracts/reading.ts';
import { DailyCounters } from '../analytics/daily-counters.ts';
import { type CountersByDay, countersOf } from '../analytics/recount.ts';
import { correctStats } from '../analytics/write-actions.ts';
import { type Clock, instantOf } from '../core/clock.ts';
import { commit } from '../core/commit.ts';
import { scanTable } from '../core/scan-table.ts';
import { compareStats } from './compare-stats.ts';
import type { SumCheck } from './settle-sums.ts';
import { type CheckedTable, readItems } from './table-reads.ts';

/**
 * The stats of each day are what the tallies sum to. Counters that are not are corrected on the condition that the stats are
 * of the version at which they were counted twice: whatever the analytics count meanwhile makes another version of them.
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
      const recounted = await recountTallies(table, new Set(days), signal);
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

async function recountTallies(
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
