import { DailyStatsItem, dailyStatsKey } from '../../contracts/entities/daily-stats.ts';
import { parseKey } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { Day, type Version } from '../../contracts/ids.ts';
import { STATS_PARTS_MAX } from '../../contracts/partitions.ts';
import { parse, read } from '../../contracts/reading.ts';
import { type Clock, instantOf } from '../clock.ts';
import { inChunks } from '../dynamodb/batches.ts';
import { commit } from '../dynamodb/commit.ts';
import { BATCH_GET_KEYS_MAX, batchGet } from '../dynamodb/read-items.ts';
import { scanTable } from '../dynamodb/scan-table.ts';
import { type CountersByDay, countersOf } from '../order-events/analytics/recount.ts';
import { DailyCounters } from '../order-events/analytics/stats-update.ts';
import { correctStats } from '../order-events/analytics/write-actions.ts';
import type { Difference } from './findings.ts';
import type { CheckedTable } from './read-table.ts';
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
 * The stats of each day are the sum of the counted orders. They are compared twice while no part of them changes: the difference then
 * stays what it is, since each count of the analytics changes both alike. It is corrected once: on the condition that the first
 * part still has the version at which it was compared.
 *
 * @param malformedKeys The items that break their contract, as far as they are known. The scan for one type does not see those of a wrong one.
 */
export function statsCheck(table: CheckedTable, clock: Clock, malformedKeys: readonly ItemKey[]): SumCheck {
  const firstVersions = new Map<Day, Version>();
  const recounts = new Map<Day, Readonly<Record<string, number>>>();
  const actuals = new Map<Day, Readonly<Record<string, number>>>();
  const malformedDays = new Set<Day>();
  let isCompleteRecount = !malformedKeys.some(isCountedOrder);
  const correct = async (day: Day): Promise<void> => {
    const deltas = deltasOf(actuals.get(day) ?? {}, recounts.get(day) ?? {});
    const written = { now: instantOf(clock.now()), firstVersion: clock.firstVersion() };
    const correction = correctStats(table.tableName, day, deltas, written, firstVersions.get(day));
    await commit(table.dynamoDb, [correction]);
  };
  return {
    versions: async (days) => {
      const versions = new Map<string, string>();
      for (const { day, pk, version } of (await readStatsOf(table, days.map(dayOf))).items)
        versions.set(day, `${versions.get(day) ?? ''}${pk} ${version} `);
      return versions;
    },
    compare: async (texts, signal) => {
      const days = texts.map(dayOf);
      const { recounted, isComplete } = await recountOrders(table, new Set(texts), signal);
      isCompleteRecount &&= isComplete;
      const { items, malformed } = await readStatsOf(table, days);
      const stats = countersOf(items);
      for (const day of malformed) malformedDays.add(day);
      for (const { day, pk, version } of items)
        if (pk === dailyStatsKey(day).pk) firstVersions.set(day, version);
      for (const day of days) {
        recounts.set(day, recounted.get(day) ?? {});
        actuals.set(day, stats.get(day) ?? {});
      }
      return compareStats(stats, recounted);
    },
    repair: (text) => {
      const day = dayOf(text);
      // What a malformed part counts would be counted again in the first one.
      if (malformedDays.has(day)) return undefined;
      // What a malformed counted version has added would be subtracted now, and again with the order's next version.
      if (!isCompleteRecount) return undefined;
      let corrected: Promise<void> | undefined;
      return {
        how: 'correct the counters',
        // One correction for all counters of the day.
        run: () => {
          corrected ??= correct(day);
          return corrected;
        },
      };
    },
  };
}

const isCountedOrder = (key: ItemKey): boolean => parseKey(key)?.entityType === 'Tally';

const dayOf = (text: string): Day => parse(Day, text);

/** Reads all parts of the stats of days, consistently, in the order of their keys; and the days of which a part breaks its contract. */
async function readStatsOf({ dynamoDb, tableName }: CheckedTable, days: readonly Day[]) {
  const dayByKey = new Map<unknown, Day>();
  const keys = days.flatMap((day) =>
    Array.from({ length: STATS_PARTS_MAX }, (_, part) => {
      const key = dailyStatsKey(day, part);
      dayByKey.set(key.pk, day);
      return key;
    }),
  );
  const items: DailyStatsItem[] = [];
  const malformed = new Set<Day>();
  const found = await inChunks(keys, BATCH_GET_KEYS_MAX, (chunk) => batchGet(dynamoDb, tableName, chunk));
  for (const item of found) {
    const stats = read(DailyStatsItem, item);
    const day = dayByKey.get(item['pk']);
    if (stats.success) items.push(stats.data);
    else if (day !== undefined) malformed.add(day);
  }
  return { items: items.toSorted((one, other) => (one.pk < other.pk ? -1 : 1)), malformed };
}

/** Adds up the counted versions of days; not complete where one breaks its contract, which may be of any day. */
async function recountOrders(
  table: CheckedTable,
  days: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<{ readonly recounted: CountersByDay; readonly isComplete: boolean }> {
  const counters = new DailyCounters();
  let isComplete = true;
  await scanTable(
    table.dynamoDb,
    { ...table, entityTypes: ['Tally'], signal },
    {
      item: (item) => {
        if (item.entityType !== 'Tally' || item.contribution === undefined) return;
        if (days.has(item.contribution.day)) counters.add(item.contribution);
      },
      malformed: (key) => {
        isComplete &&= !isCountedOrder(key);
      },
    },
  );
  return { recounted: counters.nonZero(), isComplete };
}

function deltasOf(is: Readonly<Record<string, number>>, should: Readonly<Record<string, number>>) {
  const names = new Set([...Object.keys(is), ...Object.keys(should)]);
  const deltas = [...names].map((name) => [name, (should[name] ?? 0) - (is[name] ?? 0)] as const);
  return Object.fromEntries(deltas.filter(([, delta]) => delta !== 0));
}
