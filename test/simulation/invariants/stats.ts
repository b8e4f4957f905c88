import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Image } from '../models/attribute-value.ts';
import type { Change, Database } from '../models/table.ts';
import { InvariantViolation, type Observer } from '../observer.ts';
import { TABLE } from '../places.ts';
import { isOf, numberOf, textOf } from './images.ts';

const COUNTER = /^(?:orders|units|revenue)_/;
type Counters = Map<string, number>;

/** At each step: a day's stats are the sum of the counted versions. At rest: they equal a recount of the orders. */
export class StatsInvariant implements Observer {
  readonly #database: Database;
  readonly #counted: Counters = new Map();
  readonly #stats: Counters = new Map();

  constructor(database: Database) {
    this.#database = database;
  }

  committed(changes: readonly Change[]): void {
    const touched = new Set<string>();
    for (const { before, after } of changes) {
      if (isOf(after, 'Tally')) this.#countTally(before, after, touched);
      if (isOf(after, 'DailyStats')) this.#noteStats(before, after, touched);
    }
    for (const counter of touched) {
      const [stats, counted] = [this.#stats.get(counter) ?? 0, this.#counted.get(counter) ?? 0];
      if (stats !== counted)
        throw new InvariantViolation(
          'stats = sum of the counted versions',
          `${counter}: the stats say ${stats}, the counted versions ${counted}`,
        );
    }
  }

  #countTally(before: Image | undefined, after: Image | undefined, touched: Set<string>): void {
    for (const [name, amount] of countedInStats(before)) add(this.#counted, name, -amount, touched);
    for (const [name, amount] of countedInStats(after)) add(this.#counted, name, amount, touched);
  }

  /** A day's stats are the sum of its parts. */
  #noteStats(before: Image | undefined, after: Image | undefined, touched: Set<string>): void {
    for (const [name, value] of Object.entries(after ?? {})) {
      if (!COUNTER.test(name)) continue;
      const rise = Number(value.N) - Number(before?.[name]?.N ?? 0);
      add(this.#stats, `${textOf(after, 'day')} ${name}`, rise, touched);
    }
  }

  atRest(): void {
    const recounted: Counters = new Map();
    for (const item of this.#database.items(TABLE)) {
      if (!isOf(item, 'Order')) continue;
      const units = (item['lines']?.L ?? []).reduce((sum, line) => sum + Number(line.M?.['quantity']?.N), 0);
      for (const [name, amount] of counted(
        item,
        textOf(item, 'createdAt').slice(0, 10),
        units,
        numberOf(item, 'total'),
      ))
        add(recounted, name, amount);
    }
    for (const counter of new Set([...recounted.keys(), ...this.#stats.keys()])) {
      const [stats, orders] = [this.#stats.get(counter) ?? 0, recounted.get(counter) ?? 0];
      if (stats !== orders)
        throw new InvariantViolation(
          'stats = recount',
          `${counter}: the stats say ${stats}, the orders ${orders}`,
        );
    }
  }
}

function countedInStats(countedOrder: Image | undefined): readonly (readonly [string, number])[] {
  const statsUpdate = countedOrder?.['contribution']?.M;
  if (statsUpdate === undefined) return [];
  return counted(
    statsUpdate,
    textOf(statsUpdate, 'day'),
    numberOf(statsUpdate, 'units'),
    numberOf(statsUpdate, 'revenue'),
  );
}

const counted = (of: Record<string, AttributeValue>, day: string, units: number, revenue: number) => {
  const status = textOf(of, 'status');
  return [
    [`${day} orders_${status}`, 1],
    [`${day} units_${status}`, units],
    [`${day} revenue_${status}_${textOf(of, 'currency')}`, revenue],
  ] as const;
};

function add(counters: Counters, name: string, amount: number, touched?: Set<string>): void {
  counters.set(name, (counters.get(name) ?? 0) + amount);
  touched?.add(name);
}
