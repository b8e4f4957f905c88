import type { RatioBar } from '../chart.ts';
import type { Benchmark, Target } from '../page/benchmark.ts';
import { figure, paragraphs, table } from '../page/markdown.ts';
import type { LanesAsked, LanesMeasured } from '../scale/measure-lanes.ts';
import type { WriteUnits } from '../scale/measure-write-units.ts';
import { DISTRIBUTIONS, type Distribution, unitsOfHottestStatusKey } from '../scale/orders.ts';
import { countWriteUnits, measureEach } from '../scale/run-in-workers.ts';

const LANES = [1, 2, 4, 8, 16, 32, 64, 128];
/** Wider, the plain loop repeats so much that the bench would take hours. */
const PLAIN_LANES = [1, 8];
const ORDERS_PER_LANE = 300;
/** All lanes write one item: how long some hundred orders a lane take depends on the seed. */
const ORDERS_PER_LANE_OF_ONE_PRODUCT = 2_000;
const BATCH_SIZE = 100;
const LOW_STOCK = 50;
/** The template's default. */
const OPEN_ORDERS_MAX = 30;

/** How many times one lane so many lanes are to be, at least. */
const TIMES_ONE_LANE: readonly (readonly [Distribution, lanes: number, times: number])[] = [
  ['superstore', 8, 7],
  ['superstore', 32, 20],
  ['superstore', 128, 40],
  ['100,000 products', 128, 0.8 * 128],
];
/** What the version before stock and stats were taken apart had in one lane, on this model. */
const ONE_LANE_MIN = 728;
const ONE_PRODUCT_MIN = 2_000;
/** 10,000 orders a second are to leave each key below half of its limit, with the partitions that scaling.md gives for them. */
const MANY_ORDERS = 10_000;
const STATUS_PARTITIONS = 50;
const KEY_UNITS_MAX = 500;
/** The least width that handles so many. */
const LANES_OF_MANY = 16;
const AGAIN_MAX = 0.05;
const WRITE_UNITS_MAX = 14;
const WIDE = 32;

const METHOD = paragraphs(`
  The deployed code of \`order-events\` in 1 to 128 lanes, in virtual time, on the simulation's model of a table with the contention and the limits of AWS.
  [scaling.md](scaling.md#more-lanes-more-orders) has its rules. Beside it is Powertools' batch processor with a function for each record; its stats count a
  record twice that is delivered twice. Each lane has an execution environment of its own and batches of ${BATCH_SIZE} new orders, all of today. A lane of
  \`order-events\` has ${ORDERS_PER_LANE} orders, of one product ${figure(ORDERS_PER_LANE_OF_ONE_PRODUCT)}. All products have plenty of stock. The columns:

  - *again*: records that were delivered again, for each order;
  - *units*: write units of the consumer for each order, of the table and its indexes. Conflicts take units too;
  - *hottest key*: write units a second of the partition key of the table that took most.
`);

const UNITS = paragraphs(`
  Write units and requests of an order of two lines, placed with an idempotency key, of products of its own. Nothing competes for its items. The consumer has
  the orders alone or in a batch:
`);

const PARTS = paragraphs(`
  The same units by the type of the item and by index. \`IdempotencyTable\` and \`Publication\` are in tables of their own. The target is for the table and
  its indexes. The 20 units of the version before were counted on paper, with the idempotency record: the last row has that sum
  ([ADR 0095](../adr/0095-write-units-of-an-order.md)).
`);

const IDEMPOTENCY = 'IdempotencyTable';
/** The parts that are in other tables. */
const ELSEWHERE: readonly string[] = [IDEMPOTENCY, 'Publication'];

/** What the page calls each case. */
const CASES = {
  alone: 'alone',
  inBatches: `in batches of ${BATCH_SIZE}`,
  ofLowStock: 'alone, of products with low stock',
  aloneAndLimited: 'alone, with OpenOrdersMax',
  limitedUpToTheMost: `in a batch of ${OPEN_ORDERS_MAX}, with OpenOrdersMax`,
  plainAlone: 'plain loop, alone',
  plainInBatches: `plain loop, in batches of ${BATCH_SIZE}`,
} as const;

interface Measured {
  readonly lanes: readonly LanesMeasured[];
  readonly statusKeyUnits: number;
  readonly writeUnits: Readonly<Record<keyof typeof CASES, WriteUnits>>;
}

export const lanes: Benchmark<Measured> = {
  title: 'Lanes',
  chart: 'scale.svg',
  minutesMax: 20,
  measure: async () => ({
    lanes: await measureEach([...ours(), ...plain()]),
    statusKeyUnits: await unitsOfHottestStatusKey(MANY_ORDERS, STATUS_PARTITIONS),
    writeUnits: {
      alone: await countWriteUnits(1),
      inBatches: await countWriteUnits(BATCH_SIZE),
      ofLowStock: await countWriteUnits(1, { stock: LOW_STOCK }),
      aloneAndLimited: await countWriteUnits(1, { openOrdersMax: OPEN_ORDERS_MAX }),
      limitedUpToTheMost: await countWriteUnits(OPEN_ORDERS_MAX, { openOrdersMax: OPEN_ORDERS_MAX }),
      plainAlone: await countWriteUnits(1, { consumer: 'plain loop' }),
      plainInBatches: await countWriteUnits(BATCH_SIZE, { consumer: 'plain loop' }),
    },
  }),
  present: ({ lanes: measured, statusKeyUnits, writeUnits }) => ({
    text: [METHOD, lanesTable(measured), UNITS, unitsTable(writeUnits), PARTS, partsTable(writeUnits)].join(
      '\n\n',
    ),
    targets: [
      ...TIMES_ONE_LANE.map(
        ([distribution, width, wanted]): Target => ({
          name: `orders a second of ${width} lanes / one lane, ${distribution}`,
          measured: ratioOf(laneOf(measured, distribution, width), measured),
          wanted,
          is: 'least',
        }),
      ),
      ...DISTRIBUTIONS.map(
        (distribution): Target => ({
          name: `orders a second / half as many lanes, the least of all widths, ${distribution}`,
          measured: leastStep(distribution, measured),
          wanted: 1,
          is: 'least',
        }),
      ),
      {
        name: 'orders a second of one lane, superstore',
        measured: laneOf(measured, 'superstore', 1).ordersPerSecond,
        wanted: ONE_LANE_MIN,
        is: 'least',
        unit: 'orders/s',
      },
      {
        name: `orders a second of ${WIDE} lanes, one product`,
        measured: laneOf(measured, 'one product', WIDE).ordersPerSecond,
        wanted: ONE_PRODUCT_MIN,
        is: 'least',
        unit: 'orders/s',
      },
      {
        name: `records delivered again for an order, ${WIDE} lanes, superstore`,
        measured: laneOf(measured, 'superstore', WIDE).deliveredAgainPerOrder,
        wanted: AGAIN_MAX,
        is: 'most',
        unit: 'records',
      },
      {
        name: `hottest key of the table, ${LANES_OF_MANY} lanes, superstore`,
        measured: laneOf(measured, 'superstore', LANES_OF_MANY).hottest['table']?.units ?? Number.NaN,
        wanted: KEY_UNITS_MAX,
        is: 'most',
        unit: 'units/s',
      },
      {
        name: `hottest key of GSI1 at ${figure(MANY_ORDERS)} orders a second, ${STATUS_PARTITIONS} StatusPartitions`,
        measured: statusKeyUnits,
        wanted: KEY_UNITS_MAX,
        is: 'most',
        unit: 'units/s',
      },
      {
        name: 'write units of an order of two lines, of the table and its indexes, alone',
        measured: inTable(writeUnits.alone),
        wanted: WRITE_UNITS_MAX,
        is: 'most',
        unit: 'units',
      },
    ],
    bars: measured.flatMap((one) => barOf(one, measured)),
  }),
};

const ours = (): readonly LanesAsked[] =>
  DISTRIBUTIONS.flatMap((distribution) =>
    LANES.map(
      (width): LanesAsked => ({
        consumer: 'order-events',
        distribution,
        lanes: width,
        ordersPerLane: distribution === 'one product' ? ORDERS_PER_LANE_OF_ONE_PRODUCT : ORDERS_PER_LANE,
      }),
    ),
  );

const plain = (): readonly LanesAsked[] =>
  PLAIN_LANES.map(
    (width): LanesAsked => ({
      consumer: 'plain loop',
      distribution: 'superstore',
      lanes: width,
      ordersPerLane: BATCH_SIZE,
    }),
  );

const lanesTable = (measured: readonly LanesMeasured[]): string =>
  table(
    [
      'products',
      'lanes',
      'orders/s',
      'times one lane',
      'conflicts a commit',
      'again',
      'units',
      'requests an order',
      'hottest key',
    ],
    measured.map((one) => [
      nameOf(one),
      String(one.lanes),
      figure(one.ordersPerSecond),
      figure(ratioOf(one, measured), 1),
      figure(one.conflictsPerCommit, 2),
      figure(one.deliveredAgainPerOrder, 3),
      figure(one.writeUnitsPerOrder, 1),
      figure(one.requestsPerOrder, 2),
      figure(one.hottest['table']?.units ?? 0),
    ]),
  );

const unitsTable = (units: Measured['writeUnits']): string =>
  table(
    ['orders', 'units by the API', 'by the consumer', 'in all', 'requests of the consumer'],
    (Object.keys(CASES) as (keyof typeof CASES)[]).map((name) => [
      CASES[name],
      figure(units[name].api, 2),
      figure(units[name].consumer, 2),
      figure(sumOf(units[name]), 2),
      figure(units[name].requests, 2),
    ]),
  );

const sumOf = ({ api, consumer }: WriteUnits): number => api + consumer;

const inTable = ({ parts }: WriteUnits): number =>
  Object.entries(parts).reduce((sum, [part, units]) => (ELSEWHERE.includes(part) ? sum : sum + units), 0);

const PART_CASES = ['alone', 'inBatches', 'ofLowStock', 'plainAlone', 'plainInBatches'] as const;

const partsTable = (units: Measured['writeUnits']): string =>
  table(
    ['part', ...PART_CASES.map((name) => CASES[name])],
    [
      ...[...new Set(PART_CASES.flatMap((name) => Object.keys(units[name].parts)))].map((part) => [
        `\`${part}\``,
        ...PART_CASES.map((name) => figure(units[name].parts[part] ?? 0, 2)),
      ]),
      ['**the table and its indexes**', ...PART_CASES.map((name) => figure(inTable(units[name]), 2))],
      [
        '**with the idempotency record**',
        ...PART_CASES.map((name) => figure(inTable(units[name]) + (units[name].parts[IDEMPOTENCY] ?? 0), 2)),
      ],
    ],
  );

const nameOf = ({ consumer, distribution }: LanesMeasured): string =>
  consumer === 'plain loop' ? `${distribution}, plain loop` : distribution;

function laneOf(
  measured: readonly LanesMeasured[],
  distribution: Distribution,
  width: number,
): LanesMeasured {
  const lane = measured.find(
    (one) => one.consumer === 'order-events' && one.distribution === distribution && one.lanes === width,
  );
  if (lane === undefined) throw new RangeError(`${width} lanes of ${distribution} were not measured`);
  return lane;
}

/** The least ratio between two neighbouring widths: below 1, more lanes handle fewer orders. */
const leastStep = (distribution: Distribution, measured: readonly LanesMeasured[]): number => {
  const rates = LANES.map((width) => laneOf(measured, distribution, width).ordersPerSecond);
  return Math.min(...rates.slice(1).map((rate, place) => rate / (rates[place] ?? Number.NaN)));
};

function ratioOf(one: LanesMeasured, measured: readonly LanesMeasured[]): number {
  const { consumer, distribution } = one;
  const single = measured.find(
    (other) => other.lanes === 1 && other.consumer === consumer && other.distribution === distribution,
  );
  return one.ordersPerSecond / (single?.ordersPerSecond ?? Number.NaN);
}

function barOf(one: LanesMeasured, measured: readonly LanesMeasured[]): readonly RatioBar[] {
  if (one.lanes === 1) return [];
  const wanted = TIMES_ONE_LANE.find(
    ([distribution, width]) =>
      one.consumer === 'order-events' && distribution === one.distribution && width === one.lanes,
  )?.[2];
  return [
    {
      label: `orders/s of ${one.lanes} lanes / one lane: ${nameOf(one)}`,
      ratio: ratioOf(one, measured),
      ...(wanted === undefined ? {} : { target: { ratio: wanted, is: 'least' as const } }),
    },
  ];
}
