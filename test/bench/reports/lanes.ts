import type { RatioBar } from '../chart.ts';
import type { LanesAsked, LanesMeasured } from '../scale/measure-lanes.ts';
import { DISTRIBUTIONS } from '../scale/orders.ts';
import { countWriteUnits, measureEach } from '../scale/run-in-workers.ts';
import type { Report } from './report.ts';

const LANES = [1, 2, 4, 8, 16, 32, 64, 128];
/** Wider, the plain loop repeats so much that the bench would take hours. */
const PLAIN_LANES = [1, 8];
const ORDERS_PER_LANE = 300;
const BATCH_SIZE = 100;
/** How many times one lane so many lanes are to be, at least. */
const TARGETS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  superstore: { 8: 7, 32: 20, 128: 40 },
  '100,000 products': { 128: 0.8 * 128 },
};
const LOW_STOCK = 50;
/** The template's default. */
const OPEN_ORDERS_MAX = 30;

/**
 * Measures the consumer in 1 to 128 lanes, in virtual time, on the simulation's model of a table in which transactions meet and
 * partition keys get full; beside it the plain loop on Powertools. Then counts the write units of an order.
 */
export async function reportLanes(): Promise<Report> {
  const ours = DISTRIBUTIONS.flatMap((distribution) =>
    LANES.map(
      (lanes): LanesAsked => ({
        consumer: 'order-events',
        distribution,
        lanes,
        ordersPerLane: ORDERS_PER_LANE,
      }),
    ),
  );
  const plain = PLAIN_LANES.map(
    (lanes): LanesAsked => ({
      consumer: 'plain loop',
      distribution: 'superstore',
      lanes,
      ordersPerLane: BATCH_SIZE,
    }),
  );
  const measured = await measureEach([...ours, ...plain]);
  console.log('Orders a second by lanes, in virtual time, with the contention and the limits of AWS');
  for (const line of table(measured)) console.log(`  ${line}`);
  const units = {
    alone: await countWriteUnits(1),
    inBatches: await countWriteUnits(BATCH_SIZE),
    ofLowStock: await countWriteUnits(1, { stock: LOW_STOCK }),
    aloneAndLimited: await countWriteUnits(1, { openOrdersMax: OPEN_ORDERS_MAX }),
    limitedUpToTheMost: await countWriteUnits(OPEN_ORDERS_MAX, { openOrdersMax: OPEN_ORDERS_MAX }),
  };
  console.log(
    '\nWrite units of an order of two lines, placed with an idempotency key: by the API + by the consumer',
  );
  for (const [name, { api, consumer, parts }] of Object.entries(units)) {
    console.log(
      `  ${name.padEnd(20)}${api.toFixed(2)} + ${consumer.toFixed(2)} = ${(api + consumer).toFixed(2)}`,
    );
    const listed = Object.entries(parts).map(([part, each]) => `${part} ${each.toFixed(2)}`);
    console.log(`    ${listed.join(', ')}`);
  }
  console.log();
  return {
    figures: { lanes: measured, writeUnits: units },
    bars: measured.flatMap((one) => barOf(one, measured)),
  };
}

function table(measured: readonly LanesMeasured[]): readonly string[] {
  const columns = [
    '',
    'lanes',
    'orders/s',
    'x one lane',
    'conflicts',
    'again',
    'units',
    'requests',
    'hottest key',
  ];
  const rows = measured.map((one) => [
    one.consumer === 'plain loop' ? one.consumer : one.distribution,
    String(one.lanes),
    one.ordersPerSecond.toFixed(0),
    ratioOf(one, measured).toFixed(1),
    one.conflictsPerCommit.toFixed(2),
    one.deliveredAgainPerOrder.toFixed(3),
    one.writeUnitsPerOrder.toFixed(1),
    one.requestsPerOrder.toFixed(2),
    `${one.hottest['table']?.units ?? 0}/s`,
  ]);
  return [columns, ...rows].map((cells) =>
    cells.map((cell, place) => (place === 0 ? cell.padEnd(18) : cell.padStart(12))).join(''),
  );
}

function ratioOf(one: LanesMeasured, measured: readonly LanesMeasured[]): number {
  const { consumer, distribution } = one;
  const single = measured.find(
    (other) => other.lanes === 1 && other.consumer === consumer && other.distribution === distribution,
  );
  return one.ordersPerSecond / (single?.ordersPerSecond ?? Number.NaN);
}

function barOf(one: LanesMeasured, measured: readonly LanesMeasured[]): readonly RatioBar[] {
  if (one.lanes === 1) return [];
  const least = one.consumer === 'plain loop' ? undefined : TARGETS[one.distribution]?.[one.lanes];
  const of = one.consumer === 'plain loop' ? 'plain loop, superstore' : one.distribution;
  return [
    {
      label: `orders/s of ${one.lanes} lanes / one lane: ${of}`,
      ratio: ratioOf(one, measured),
      ...(least === undefined ? {} : { target: { ratio: least, is: 'least' as const } }),
    },
  ];
}
