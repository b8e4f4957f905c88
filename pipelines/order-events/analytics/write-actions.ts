import type { TransactWriteItem, Update } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { CountedOrderItem } from '../../../contracts/entities/counted-order.ts';
import type { DailyStatsItem } from '../../../contracts/entities/daily-stats.ts';
import { dailyStatsKey } from '../../../contracts/entities/daily-stats.ts';
import type { Day, Instant, Version } from '../../../contracts/ids.ts';
import { MINOR_UNITS_MAX } from '../../../contracts/money.ts';
import { ACTIONS_MAX } from '../../dynamodb/commit.ts';

/** Writes a counted order where it still has the version that was read; `undefined`: where there still is none. */
export function putCountedOrder(
  tableName: string,
  next: CountedOrderItem,
  read: CountedOrderItem | undefined,
): TransactWriteItem {
  const condition =
    read === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : {
          ConditionExpression: 'orderVersion = :readVersion',
          ExpressionAttributeValues: marshall({ ':readVersion': read.orderVersion }),
        };
  const Item = marshall(next, { removeUndefinedValues: true });
  return { Put: { TableName: tableName, Item, ...condition } };
}

/**
 * The distance that counters keep from numbers outside the safe range: more than one transaction adds to one of them, so that
 * the result is still a valid counter.
 */
const COUNTER_ROOM = ACTIONS_MAX * MINOR_UNITS_MAX;
const COUNTER_MAX = Number.MAX_SAFE_INTEGER - COUNTER_ROOM;

/** One part of the stats of a day. */
export interface StatsPart {
  readonly day: Day;
  /** From 0, the one that verify corrects. */
  readonly part: number;
}

/** Adds to the counters of a part, whether or not anything was counted on it before, where none of them is near its limit. */
export function addToStats(
  tableName: string,
  of: StatsPart,
  deltas: Readonly<Record<string, number>>,
  written: { readonly now: Instant; readonly firstVersion: Version },
): TransactWriteItem {
  const { Update } = statsUpdate(tableName, of, deltas, written);
  // A comparison with a counter that does not exist yet is false.
  const signs = Object.values(deltas).map((delta) => delta > 0);
  const limits = signs.map((isRise, index) => `NOT #counter${index} ${isRise ? '> :most' : '< :least'}`);
  const bounds = {
    ...(signs.includes(true) ? { ':most': COUNTER_MAX } : {}),
    ...(signs.includes(false) ? { ':least': -COUNTER_MAX } : {}),
  };
  return {
    Update: {
      ...Update,
      ConditionExpression: limits.join(' AND '),
      ExpressionAttributeValues: {
        ...Update.ExpressionAttributeValues,
        ...marshall(bounds),
      },
    },
  };
}

function statsUpdate(
  tableName: string,
  of: StatsPart,
  deltas: Readonly<Record<string, number>>,
  { now, firstVersion }: { readonly now: Instant; readonly firstVersion: Version },
): { readonly Update: Update } {
  const counters = Object.entries(deltas);
  const names = Object.fromEntries(counters.map(([name], index) => [`#counter${index}`, name]));
  const values = Object.fromEntries(counters.map(([, delta], index) => [`:delta${index}`, delta]));
  const additions = counters.map((_, index) => `#counter${index} :delta${index}`);
  return {
    Update: {
      TableName: tableName,
      Key: marshall(dailyStatsKey(of.day, of.part)),
      UpdateExpression: `SET entityType = :entityType, #day = :day, updatedAt = :now, createdAt = if_not_exists(createdAt, :now), version = if_not_exists(version, :versionBeforeFirst) + :one ADD ${additions.join(', ')}`,
      ExpressionAttributeNames: { '#day': 'day', ...names },
      ExpressionAttributeValues: marshall({
        ':entityType': 'DailyStats' satisfies DailyStatsItem['entityType'],
        ':day': of.day,
        ':now': now,
        ':versionBeforeFirst': firstVersion - 1,
        ':one': 1,
        ...values,
      }),
    },
  };
}

/**
 * Corrects the counters of a day in its first part, where that is still of the version that was read; `undefined`: where there is none.
 * The other parts may change meanwhile: each count changes a part by as much as the counted orders.
 */
export function correctStats(
  tableName: string,
  day: Day,
  deltas: Readonly<Record<string, number>>,
  written: { readonly now: Instant; readonly firstVersion: Version },
  readVersion: Version | undefined,
): TransactWriteItem {
  const { Update } = statsUpdate(tableName, { day, part: 0 }, deltas, written);
  if (readVersion === undefined)
    return { Update: { ...Update, ConditionExpression: 'attribute_not_exists(pk)' } };
  return {
    Update: {
      ...Update,
      ConditionExpression: 'version = :readVersion',
      ExpressionAttributeValues: {
        ...Update.ExpressionAttributeValues,
        ...marshall({ ':readVersion': readVersion }),
      },
    },
  };
}
