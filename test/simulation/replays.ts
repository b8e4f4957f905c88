import { AUTOMATIC_REPLAY } from '../../contracts/operations/operations-items.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { MessageSummary } from '../../pipelines/dead-letters/parse/dead-letter-summary.ts';
import { takeInBatches } from '../../pipelines/dead-letters/queue/take-in-batches.ts';
import { replayAutomatically } from '../../pipelines/dead-letters/replay/automatic-replay.ts';
import { changedWithin } from '../../pipelines/dead-letters/replay/changed-within.ts';
import { replayConsumers } from '../../pipelines/dead-letters/replay/replay-consumers.ts';
import type { ReplayConsumer } from '../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import { type Decision, replayDeadLetters } from '../../pipelines/dead-letters/replay/replay-dead-letters.ts';
import { DeadLetterStore } from '../../pipelines/operations/dead-letter-store.ts';
import { DeadLetterWrites } from '../../pipelines/operations/dead-letter-writes.ts';
import { recordIdentity } from '../../pipelines/stream/lambda-record.ts';
import { sqsEventOf } from '../builders/dead-letters/dead-letters.ts';
import { emailHashes } from '../builders/email-hash.ts';
import type { Clients } from './clients.ts';
import type { Host } from './host.ts';
import {
  CONSUMERS,
  OPERATIONS_TABLE,
  OWN_PLACES,
  PARKED_QUEUE_URL,
  PLACES,
  simulatedSettings,
  TABLE,
} from './places.ts';
import type { World } from './world.ts';

/** As handlers/dead-letters has it: what an invocation may take, less what is kept back. */
const AUTOMATIC_REPLAY_MS = 240_000;
const REPLAY_MS = 30_000;
const ATTEMPTS_MAX = 5;
const DEAD_LETTERS_MAX = 1_000;
const RATE_LIMITER = { acquire: async () => undefined };
const SILENT = { info: () => undefined, warn: () => undefined };

const queues = CONSUMERS.map((consumer) => ({ queueUrl: PLACES[consumer].deadLetterQueueUrl, consumer }));

function consumersOf(world: World, clients: Clients): Readonly<Record<ConsumerName, ReplayConsumer>> {
  const { clock, config, seams } = world;
  const deps = {
    ...clients,
    ...simulatedSettings(config),
    clock,
    emailHash: emailHashes,
    ...OWN_PLACES,
    places: PLACES,
    operationsTableName: OPERATIONS_TABLE,
  };
  const consumers = seams.replayConsumers(replayConsumers(deps), clients);
  return {
    'order-events': watched(world, 'order-events', consumers['order-events']),
    'search-index': watched(world, 'search-index', consumers['search-index']),
  };
}

const watched = (world: World, consumer: ConsumerName, sound: ReplayConsumer): ReplayConsumer => ({
  ...sound,
  replayRecord: async (record, signal) => {
    const result = await sound.replayRecord(record, signal);
    const { eventId } = recordIdentity(record);
    world.report((observer) => observer.replayed?.(consumer, eventId));
    return result;
  },
});

const storeOf = ({ clock }: World, { dynamoDb }: Clients): DeadLetterStore =>
  new DeadLetterStore({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock });

/** Runs the scheduled automatic replay once, as its function does. */
export async function runAutomaticReplay(world: World): Promise<void> {
  const clients = world.clients(world.newHost('redrive'));
  await replayAutomatically({
    ...{ ...clients, ...OWN_PLACES },
    queues,
    consumers: consumersOf(world, clients),
    clock: world.clock,
    store: storeOf(world, clients),
    actor: AUTOMATIC_REPLAY,
    logger: SILENT,
    parkedQueueUrl: PARKED_QUEUE_URL,
    attemptsMax: ATTEMPTS_MAX,
    rateLimiter: RATE_LIMITER,
    signal: AbortSignal.timeout(AUTOMATIC_REPLAY_MS),
  });
}

/** Takes a batch that Lambda gave up into the store, as the function of the intake does. A message that fails comes again only in a pass. */
export async function runIntake(world: World, body: string): Promise<void> {
  const { s3, dynamoDb } = world.clients(world.newHost('intake'));
  await takeInBatches(sqsEventOf(body, world.clock.now()), {
    ...OWN_PLACES,
    s3,
    store: new DeadLetterWrites({ dynamoDb, operationsTableName: OPERATIONS_TABLE, clock: world.clock }),
    logger: { error: () => undefined },
  });
}

/** Replays every dead letter that `decide` names, parked ones too, as `npm run ops -- dlq replay` does. */
export async function replayAll(
  world: World,
  host: Host,
  decide: (summary: MessageSummary) => Decision,
): Promise<void> {
  const clients = world.clients(host);
  const consumers = consumersOf(world, clients);
  const { signal } = new AbortController();
  for (const queue of [...queues, { queueUrl: PARKED_QUEUE_URL, consumer: undefined }]) {
    await replayDeadLetters({
      ...{ ...clients, ...OWN_PLACES },
      queue,
      consumers,
      clock: world.clock,
      store: storeOf(world, clients),
      actor: 'ada',
      rateLimiter: RATE_LIMITER,
      decide,
      limit: DEAD_LETTERS_MAX,
      messagesMax: DEAD_LETTERS_MAX,
      report: (result) =>
        world.scheduler.note(() => `replay of ${result.messageId}: ${result.outcome} ${result.code ?? ''}`),
      signal,
      whenTrimmed: (range, within) => changedWithin(clients.dynamoDb, TABLE, range, within),
    });
  }
}

/** Replays one record of the past, as a replay of a dead letter of it would. */
export async function replayedRecord(world: World, consumer: ConsumerName, record: unknown): Promise<void> {
  const clients = world.clients(world.newHost('redrive'));
  await consumersOf(world, clients)[consumer].replayRecord(record, AbortSignal.timeout(REPLAY_MS));
}
