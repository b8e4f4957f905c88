import { setTimeout as sleep } from 'node:timers/promises';
import { RateLimiter } from '../../pipelines/aws/rate-limiter.ts';
import { type BackfillResult, backfill } from '../../pipelines/backfill/backfill.ts';
import { BackfillCheckpoint } from '../../pipelines/backfill/checkpoint.ts';
import { SubscriberQueue } from '../../pipelines/backfill/subscriber-queue.ts';
import { InvariantViolation } from './observer.ts';
import {
  OPERATIONS_TABLE,
  SCHEMA_BASE_URL,
  SUBSCRIBER_QUEUE_ARN,
  SUBSCRIBER_QUEUE_URL,
  TABLE,
} from './places.ts';
import { Dice, mixed } from './random.ts';
import type { World } from './world.ts';

/** How long after the subscription an operator starts the backfill, and starts it again after it has ended early. */
const START_MS = [1, 20_000] as const;
const AGAIN_MS = [200, 15_000] as const;
/** Of runs while there are faults. Without faults, one ends each wait for an event, and one sends what was pending. */
const RUNS_MAX = 12;
const CALM_RUNS_MAX = 4;
const EVENTS_PER_SECOND = 200;

/** A subscriber that begins at a random moment: its queue is subscribed, and then an operator runs the backfill until it is complete. */
export class Backfills {
  readonly #world: World;
  readonly #dice: Dice;
  #isComplete = false;

  constructor(world: World) {
    this.#world = world;
    this.#dice = new Dice(mixed(world.seed, 0xbf));
  }

  /** Half of the runs have such a subscriber. */
  schedule(): void {
    const { config, scheduler } = this.#world;
    if (!this.#dice.chance(0.5)) return;
    const subscribedMs = this.#dice.next() * config.spanSeconds * 1_000;
    scheduler.after(subscribedMs, 'a new queue is subscribed', () => {
      this.#world.subscribe();
      this.#later(START_MS);
    });
  }

  /** Once nothing fails any more: the operator runs it again for what was pending. */
  async complete(run: () => Promise<void>): Promise<void> {
    for (let n = 0; n < CALM_RUNS_MAX && this.#world.isSubscribed && !this.#isComplete; n += 1) {
      this.#world.scheduler.after(0, 'the backfill runs again', () => this.#run(true));
      await run();
    }
    if (this.#world.isSubscribed && !this.#isComplete)
      this.#world.fail(
        new InvariantViolation(
          'a backfill ends',
          `It was not complete after ${this.#world.backfillRuns} runs`,
        ),
      );
  }

  #later(afterMs: readonly [number, number]): void {
    const { scheduler } = this.#world;
    scheduler.after(this.#dice.spread(...afterMs), 'the operator runs the backfill', () => {
      if (this.#isComplete || this.#world.backfillRuns >= RUNS_MAX || this.#world.faults.areOver) return;
      this.#run(false);
    });
  }

  #run(isCalm: boolean): void {
    this.#world.backfillRuns += 1;
    const host = this.#world.newHost('backfill');
    let isOver = false;
    const end = (how: string): void => {
      if (isOver) return;
      isOver = true;
      this.#world.scheduler.note(() => `backfill ${this.#world.backfillRuns}: ${how}`);
      if (!this.#isComplete) this.#later(AGAIN_MS);
    };
    host.onCrash(() => end('crashed'));
    const { clock, seams } = this.#world;
    const clients = this.#world.clients(host);
    const shared = { ...clients, operationsTableName: OPERATIONS_TABLE, tableName: TABLE, clock };
    const queue = new SubscriberQueue({
      sqs: clients.sqs,
      queueUrl: SUBSCRIBER_QUEUE_URL,
      schemaBaseUrl: SCHEMA_BASE_URL,
      rateLimiter: new RateLimiter({ perSecond: EVENTS_PER_SECOND }),
    });
    const checkpoint = new BackfillCheckpoint({ ...shared, queueArn: SUBSCRIBER_QUEUE_ARN, filter: {} });
    const wait = (ms: number, signal: AbortSignal): Promise<void> => sleep(ms, undefined, { signal });
    backfill(
      seams.backfill({ ...shared, queue, checkpoint, wait }),
      { filter: {}, restart: false },
      new AbortController().signal,
    ).then(
      (result) => {
        this.#isComplete = isDone(result, isCalm);
        end(`${result.counts.sent} sent, ${result.pending.length} pending`);
      },
      (error: unknown) => end(error instanceof Error ? `${error.name}: ${error.message}` : 'failed'),
    );
  }
}

/** Malformed orders are repaired in the end; those that no one can repair stay pending. */
const isDone = ({ pending }: BackfillResult, isCalm: boolean): boolean =>
  isCalm ? pending.every(({ why }) => why === 'malformed') : pending.length === 0;
