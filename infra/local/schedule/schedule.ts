import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../pipelines/clock.ts';
import type { MappingLog } from '../event-source-mapping/activity.ts';
import type { InvocationResult } from '../event-source-mapping/batch-delivery.ts';
import type { Sleep } from '../event-source-mapping/waiting.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../region.ts';
import { settledWithin } from '../settled-within.ts';
import type { ScheduleExpression } from './schedule-expression.ts';

/** A timer holds 24.8 days at most. */
const SLEEP_MS_MAX = 86_400_000;
const STOP_TIMEOUT_MS = 10_000;

/** What a schedule takes from outside. */
export interface ScheduleDependencies {
  readonly name: string;
  readonly expression: ScheduleExpression;
  /** What the function gets; without it the event that EventBridge Scheduler makes. */
  readonly input: unknown;
  readonly invoke: (event: unknown) => Promise<InvocationResult>;
  readonly clock: Pick<Clock, 'now'>;
  readonly sleep: Sleep;
  readonly log: MappingLog;
}

/**
 * Runs a function at its times. Where EventBridge Scheduler would start a run beside one that still goes on, here the time
 * passes by; a run that fails is not repeated but logged, and times at which the machine slept are not made up for.
 * See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 */
export class Schedule {
  readonly #deps: ScheduleDependencies;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: ScheduleDependencies) {
    this.#deps = deps;
  }

  /** Begins to wait for the first time; a rate's is one interval from now. */
  start(): void {
    this.#running = this.#run();
  }

  /** Starts no further run, and waits for one under way, at most 10 s. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (!(await settledWithin(this.#running, STOP_TIMEOUT_MS)))
      this.#deps.log.warn('Stopped with a scheduled run under way', { schedule: this.#deps.name });
  }

  async #run(): Promise<void> {
    const { clock, expression } = this.#deps;
    for (
      let due = expression.next(clock.now());
      due !== undefined && (await this.#isReached(due));
      due = this.#dueAfter(due)
    )
      await this.#runOnce(due);
  }

  /** A rate keeps its beat, unless a run took longer than the interval. */
  #dueAfter(due: Date): Date | undefined {
    const { clock, expression } = this.#deps;
    const next = expression.next(due);
    const now = clock.now();
    return next !== undefined && next < now ? expression.next(now) : next;
  }

  /** Waits for the time; false when the schedule is stopped before. */
  async #isReached(due: Date): Promise<boolean> {
    const { signal } = this.#stopping;
    const { clock, sleep } = this.#deps;
    const leftMs = (): number => due.getTime() - clock.now().getTime();
    try {
      while (leftMs() > 0) await sleep(Math.min(leftMs(), SLEEP_MS_MAX), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return !signal.aborted;
  }

  async #runOnce(due: Date): Promise<void> {
    const { name, input, invoke, log } = this.#deps;
    try {
      const result = await invoke(input ?? scheduledEvent(name, due));
      const run = { schedule: name, dueAt: due.toISOString(), outcome: result.outcome };
      if (result.outcome === 'success') log.info('A scheduled run has ended', run);
      else if (result.outcome === 'throttled') log.error('A scheduled run was throttled', run);
      else log.error('A scheduled run has failed', { ...run, errorType: result.errorType });
    } catch (error) {
      log.error('A scheduled run could not be started', { schedule: name, error });
    }
  }
}

/** What the function gets of a schedule without an input, as seen on AWS. */
const scheduledEvent = (name: string, due: Date): object => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account: LOCAL_ACCOUNT_ID,
  time: `${due.toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}Z`,
  region: LOCAL_REGION,
  resources: [`arn:aws:scheduler:${LOCAL_REGION}:${LOCAL_ACCOUNT_ID}:schedule/default/${name}`],
  detail: '{}',
});
