import { LOW_STOCK_MAX } from '../../contracts/entities/product.ts';
import { FAULT_KINDS, type FaultKind } from './faults.ts';
import type { DatabaseLimits } from './models/table.ts';
import { WRITE_UNITS_PER_PARTITION } from './models/write-capacity.ts';
import { Dice, mixed } from './random.ts';

/** What a seed makes of a run beside its workload: swarm testing, in which each run has some of the faults and features only. */
export interface Config {
  readonly skus: number;
  readonly users: number;
  /** The stock of each sku to begin with. */
  readonly stock: number;
  readonly shards: number;
  readonly pageRecordsMax: number;
  readonly latencyMsMax: number;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly parallelizationFactor: number;
  readonly maximumRetryAttempts: number;
  readonly maximumRecordAgeSeconds: number;
  readonly onFailure: 'bucket' | 'queue';
  readonly hasShadow: boolean;
  readonly orderRetentionDays: number;
  readonly statsParts: number;
  readonly highValueThreshold: number;
  readonly database: DatabaseLimits;
  /** How many operations the workload has, and in how many seconds. */
  readonly operations: number;
  readonly spanSeconds: number;
  readonly faultRates: ReadonlyMap<FaultKind, number>;
}

const SIX_HOURS = 6 * 3_600;
/** A few seconds, in days. */
const RETENTION_DAYS = 1e-4;

/** The configuration that follows from a seed. */
export function configOf(seed: number): Config {
  const dice = new Dice(mixed(seed, 0xc0));
  return {
    skus: dice.between(1, 3),
    users: dice.between(1, 2),
    stock: dice.between(0, 12) + new Dice(mixed(seed, 0x1c)).pick([0, 0, 0, LOW_STOCK_MAX]),
    shards: dice.between(1, 3),
    pageRecordsMax: dice.pick([2, 10, 1_000]),
    latencyMsMax: dice.pick([3, 30, 200]),
    batchSize: dice.pick([1, 3, 10, 100]),
    batchingWindowSeconds: dice.pick([0, 0, 1]),
    parallelizationFactor: dice.between(1, 2),
    maximumRetryAttempts: dice.pick([-1, -1, 1, 4]),
    maximumRecordAgeSeconds: dice.pick([SIX_HOURS, SIX_HOURS, 60, 300]),
    onFailure: dice.pick(['bucket', 'bucket', 'queue']),
    hasShadow: dice.chance(0.2),
    orderRetentionDays: dice.pick([0, RETENTION_DAYS]),
    operations: dice.between(5, 14),
    spanSeconds: dice.spread(0.5, 40),
    faultRates: faultRates(dice),
    statsParts: new Dice(mixed(seed, 0x57)).pick([1, 3]),
    // Off, for every order, and for some of them.
    highValueThreshold: new Dice(mixed(seed, 0x41)).pick([0, 1, 2_500]),
    database: databaseLimits(new Dice(mixed(seed, 0xdb))),
  };
}

/** Transactions of 4 ms or more, which meet others; partition keys that are soon full in some of the runs. */
function databaseLimits(dice: Dice): DatabaseLimits {
  return {
    transactionMs: dice.pick([4, 4, 400]),
    transactionMsPerAction: 0.3,
    partitionWriteUnits: dice.pick([WRITE_UNITS_PER_PARTITION, 20, 8]),
  };
}

function faultRates(dice: Dice): ReadonlyMap<FaultKind, number> {
  // Some runs have no fault at all: what the timing alone does is worth a look too.
  if (dice.chance(0.03)) return new Map();
  const rate = dice.spread(0.004, 0.08);
  const isIn = dice.pick([0.2, 0.5, 0.9]);
  return new Map(FAULT_KINDS.flatMap((kind) => (dice.chance(isIn) ? [[kind, rate] as const] : [])));
}
