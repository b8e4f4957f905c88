import type { _Record as SdkRecord } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord } from 'aws-lambda';
import type { ConsumerName } from '../../contracts/stream.ts';
import { compileEventPatterns } from '../../infra/local/event-source-mapping/event-pattern.ts';
import { SETTLED_MS } from '../../pipelines/operations/dead-letter-store.ts';
import { toLambdaRecord } from '../../pipelines/stream/lambda-record.ts';
import { consumerSettings } from '../builders/stream/consumer-settings.ts';
import { Backfills } from './backfills.ts';
import { configOf } from './config.ts';
import { type FaultId, Faults } from './faults.ts';
import { FORGED_PREFIX, scheduleForgery } from './forgeries.ts';
import { RestInvariant } from './invariants/at-rest.ts';
import { BackfillInvariant } from './invariants/backfills.ts';
import { DeadLetterStoreInvariant } from './invariants/dead-letter-store.ts';
import { DeadLetterInvariant } from './invariants/dead-letters.ts';
import { DeliveryInvariant } from './invariants/delivery.ts';
import { NotificationInvariant } from './invariants/notifications.ts';
import { ReplayInvariant } from './invariants/replays.ts';
import { LifeInvariant } from './invariants/reservations.ts';
import { StatsInvariant } from './invariants/stats.ts';
import { StockInvariant } from './invariants/stock.ts';
import { Mapping } from './mapping.ts';
import { STREAM_ARN } from './models/stream.ts';
import { InvariantViolation } from './observer.ts';
import {
  CONSUMERS,
  OPERATIONS_TABLE,
  PARKED_QUEUE_URL,
  PLACES,
  SUBSCRIBER_QUEUE_URL,
  TABLE,
} from './places.ts';
import { Dice, hashOf, mixed } from './random.ts';
import { replayAll, runIntake } from './replays.ts';
import { EndlessRunError, Scheduler, type TraceLine } from './scheduler.ts';
import { type Seams, SOUND } from './seams.ts';
import { useScheduler } from './virtual-time.ts';
import { type Operation, operationsOf, Workload } from './workload.ts';
import { World } from './world.ts';

/** What of a run is to happen: with neither list, all that its seed says. */
export interface RunOptions {
  readonly seams?: Seams;
  /** Of the seed's operations, those that happen. */
  readonly operations?: ReadonlySet<number>;
  /** The faults that happen, and no others. */
  readonly faults?: ReadonlySet<FaultId>;
  /** Keeps each step for a person to read. */
  readonly isRecording?: boolean;
}

/** The outcome of a run. */
export interface RunResult {
  readonly seed: number;
  readonly steps: number;
  /** How much time passed in it, in seconds. */
  readonly virtualSeconds: number;
  /** Of every step and of the final state; the same for the same run. */
  readonly hash: string;
  readonly operations: readonly Operation[];
  readonly faults: readonly FaultId[];
  /** What happened in the run, as short names. */
  readonly states: ReadonlySet<string>;
  readonly violation: { readonly invariant: string; readonly message: string } | undefined;
  readonly lines: readonly TraceLine[];
}

/** How long a run continues after its last operation before all faults end, in milliseconds. */
const AFTERMATH_MS = 30_000;
/** Longer than any dead letter is hidden. */
const HIDDEN_MS = 200_000;
/** An intake is fast, or its message comes again. */
const INTAKE_MS = [1, 1_000_000] as const;
const REPLAYS_MAX = 6;
/** A second replay of what failed for it fails too. */
const HOPELESS_REASONS = new Set(['contract-violation', 'record-not-of-table']);
const MICROS_PER_SECOND = 1_000_000;

const patterns = {
  'order-events': consumerSettings('order-events').filterPatterns,
  'search-index': consumerSettings('search-index').filterPatterns,
};
const matchers = {
  'order-events': compileEventPatterns(patterns['order-events']),
  'search-index': compileEventPatterns(patterns['search-index']),
};
const nameHashes = new Map<string, number>();

const lambdaRecords = new WeakMap<SdkRecord, DynamoDBRecord>();
const sent = {
  'order-events': new WeakMap<object, boolean>(),
  'search-index': new WeakMap<object, boolean>(),
};

/** Whether a mapping sends its consumer a record: by the filters of infra/template.yaml. */
function isSent(consumer: ConsumerName, record: SdkRecord): boolean {
  const known = sent[consumer].get(record);
  if (known !== undefined) return known;
  const lambdaRecord = lambdaRecords.get(record) ?? toLambdaRecord(record, STREAM_ARN);
  lambdaRecords.set(record, lambdaRecord);
  const isMatch = matchers[consumer](lambdaRecord);
  sent[consumer].set(record, isMatch);
  return isMatch;
}

/** Runs one seed from the first operation to rest. Virtual time must be installed; one run at a time. */
export async function run(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const config = configOf(seed);
  const scheduler = new Scheduler({ isRecording: options.isRecording ?? false, nameHashes });
  const faults = new Faults(seed, config.faultRates, options.faults);
  useScheduler(scheduler, seed);
  const world = new World({ seed, config, scheduler, faults, seams: options.seams ?? SOUND });
  const operations = operationsOf(seed, config).filter(({ id }) => options.operations?.has(id) ?? true);
  const states = watch(world);
  const mappings = CONSUMERS.map((consumer) => new Mapping(consumer, world, patterns[consumer]));
  world.onStream(() => {
    for (const mapping of mappings) mapping.wake();
  });
  world.onBatch((body) => {
    const afterMs = new Dice(mixed(seed, hashOf(body))).spread(...INTAKE_MS);
    scheduler.after(afterMs, 'the intake takes a batch', () => void runIntake(world, body));
  });
  const onRejection = (error: unknown): void => {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    world.fail(new InvariantViolation('no rejection is unpublished', message));
  };
  process.on('unhandledRejection', onRejection);
  try {
    await live(world, mappings, operations);
  } catch (error) {
    if (!(error instanceof EndlessRunError)) throw error;
    world.fail(new InvariantViolation('every run comes to rest', error.message));
  } finally {
    process.off('unhandledRejection', onRejection);
  }
  scheduler.mix(stateOf(world));
  const { violation } = world;
  return {
    seed,
    steps: scheduler.steps,
    virtualSeconds: (scheduler.nowMicros - Date.UTC(2026, 2, 1, 12) * 1_000) / MICROS_PER_SECOND,
    hash: scheduler.hash,
    operations,
    faults: faults.happened,
    states,
    violation: violation && { invariant: violation.invariant, message: violation.message },
    lines: scheduler.lines,
  };
}

async function live(
  world: World,
  mappings: readonly Mapping[],
  operations: readonly Operation[],
): Promise<void> {
  const { scheduler, faults, outages } = world;
  const isOver = (): boolean => world.violation !== undefined;
  const workload = new Workload(world, mappings);
  workload.furnish();
  for (const mapping of mappings) mapping.start();
  workload.schedule(operations);
  const backfills = new Backfills(world);
  backfills.schedule();
  scheduleForgery(world);
  const endMicros = scheduler.nowMicros + (world.config.spanSeconds * 1_000 + AFTERMATH_MS) * 1_000;
  await scheduler.run(isOver, endMicros);
  scheduler.note(() => 'all is well again');
  faults.end();
  outages.clear();
  workload.repairEach();
  await scheduler.run(isOver);
  await replayUntilRest(world, isOver);
  await backfills.complete(() => scheduler.run(isOver));
  if (!isOver()) world.report((observer) => observer.atRest?.());
}

/** Replays dead letters until only those remain that cannot succeed; each of those is tried once more too. Then a pass reads them. */
async function replayUntilRest(world: World, isOver: () => boolean): Promise<void> {
  const { services } = world;
  const urls = [...CONSUMERS.map((consumer) => PLACES[consumer].deadLetterQueueUrl), PARKED_QUEUE_URL];
  for (let round = 0; round < REPLAYS_MAX && !isOver(); round += 1) {
    if (urls.every((url) => services.queues.bodies(url).length === 0)) return;
    const isMeant = (reason: string): boolean => round === 0 || !HOPELESS_REASONS.has(reason);
    await pass(world, isOver, HIDDEN_MS, ({ reason }) => (isMeant(reason) ? 'replay' : 'skip'));
  }
  await pass(world, isOver, SETTLED_MS, () => 'skip');
}

async function pass(
  world: World,
  isOver: () => boolean,
  afterMs: number,
  decide: Parameters<typeof replayAll>[2],
): Promise<void> {
  world.scheduler.after(afterMs, 'everything is replayed', () => {
    replayAll(world, world.newHost('operator'), decide).catch((error: unknown) => {
      world.fail(
        new InvariantViolation('a replay ends', error instanceof Error ? error.message : String(error)),
      );
    });
  });
  await world.scheduler.run(isOver);
}

function watch(world: World): Set<string> {
  const { database } = world.services;
  const states = new Set<string>();
  const deadLetterMessages = new DeadLetterInvariant(world, isSent);
  const notifications = new NotificationInvariant(world.config);
  const delivery = new DeliveryInvariant(world, isSent, { deadLetterMessages, notifications });
  world.watch(
    {
      committed: (changes) => {
        for (const { before, after } of changes) states.add(transition(before, after));
      },
      givenUp: (consumer) => states.add(`${consumer} gives up`),
      queued: ({ queueUrl, sent }) => {
        if (queueUrl === SUBSCRIBER_QUEUE_URL && isReplayedHighValue(sent?.Body))
          states.add(HIGH_VALUE_REPLAYED);
        if (sent?.Body?.includes(FORGED_PREFIX)) states.add('a dead letter is forged');
      },
    },
    new StockInvariant(),
    new LifeInvariant(database),
    new StatsInvariant(database),
    notifications,
    deadLetterMessages,
    new DeadLetterStoreInvariant(),
    new ReplayInvariant(world, isSent),
    delivery,
    new RestInvariant(world),
    new BackfillInvariant(world),
  );
  return states;
}

const HIGH_VALUE_REPLAYED = 'order.high-value is replayed';
const isReplayedHighValue = (body = ''): boolean =>
  body.includes('"order.high-value"') && body.includes('"replayed":true');

type Image = { readonly [name: string]: { readonly S?: string | undefined } } | undefined;

/** A change as the kind of state it leads from and to, such as `Order placed -> confirmed`. */
function transition(before: Image, after: Image): string {
  const nameOf = (image: Image): string =>
    image === undefined
      ? 'none'
      : image['malformed'] !== undefined
        ? 'malformed'
        : (image['status']?.S ?? image['state']?.S ?? 'there');
  const type = (after ?? before)?.['entityType']?.S ?? 'untyped';
  return `${type} ${nameOf(before)} -> ${nameOf(after)}`;
}

/** The final state of a run, as a hash. */
function stateOf({ services }: World): string {
  const items = [TABLE, OPERATIONS_TABLE].map((name) => services.database.items(name));
  const queued = CONSUMERS.map((consumer) => services.queues.accepted(PLACES[consumer].deadLetterQueueUrl));
  return String(hashOf(JSON.stringify([items, queued])));
}
