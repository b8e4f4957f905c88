import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../pipelines/clock.ts';
import type { MappingLog } from '../event-source-mapping/activity.ts';
import type { InvocationResult } from '../event-source-mapping/batch-delivery.ts';
import type { Sleep } from '../event-source-mapping/waiting.ts';
import { LOCAL_ACCOUNT_ID, LOCAL_REGION } from '../machine/region.ts';
import { settledWithin } from '../machine/settled-within.ts';
import type { ScheduleExpression } from './schedule-expression.ts';

/** A timer stands still while the machine sleeps, so that a long one would end as late as the machine slept. */
const SLEEP_MS_MAX = 60_000;
/** Later than this only where the machine slept. */
const LATE_MS_MAX = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** The dependencies of a schedule. */
export interface ScheduleDependencies {
  readonly name: string;
  readonly expression: ScheduleExpression;
  /** The payload of an invocation. Without it, the function receives the default event of EventBridge Scheduler. */
  readonly input: unknown;
  readonly invoke: (event: unknown) => Promise<InvocationResult>;
  readonly clock: Pick<Clock, 'now'>;
  readonly sleep: Sleep;
  readonly log: MappingLog;
}

/**
 * Invokes a function at the times of a schedule. Runs do not overlap: a time during a run is skipped, where EventBridge Scheduler
 * would start a second run. A failed run is logged and not repeated. Times that the machine slept through are skipped.
 * See https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
 */
export class Schedule {
  readonly #deps: ScheduleDependencies;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(deps: ScheduleDependencies) {
    this.#deps = deps;
  }

  /** Starts to wait for the first time. For a rate, it is one interval from now; EventBridge Scheduler begins at once. */
  start(): void {
    this.#running = this.#run();
  }

  /** Starts no further runs, and waits up to 10 s for a run in progress. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (!(await settledWithin(this.#running, STOP_TIMEOUT_MS)))
      this.#deps.log.warn('Stopped during a scheduled run', { schedule: this.#deps.name });
  }

  async #run(): Promise<void> {
    const { clock, expression } = this.#deps;
    for (
      let due = expression.next(clock.now());
      due !== undefined && (await this.#isReached(due));
      due = this.#dueAfter(due)
    )
      if (!this.#isMissed(due)) await this.#runOnce(due);
  }

  /** A rate keeps its interval, unless a run took longer than the interval. */
  #dueAfter(due: Date): Date | undefined {
    const { clock, expression } = this.#deps;
    const next = expression.next(due);
    const now = clock.now();
    return next !== undefined && next < now ? expression.next(now) : next;
  }

  /** Waits for a time. @returns false if the schedule stops first. */
  async #isReached(due: Date): Promise<boolean> {
    const { signal } = this.#stopping;
    const { clock, sleep } = this.#deps;
    const remainingMs = (): number => due.getTime() - clock.now().getTime();
    try {
      while (remainingMs() > 0) await sleep(Math.min(remainingMs(), SLEEP_MS_MAX), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    return !signal.aborted;
  }

  #isMissed(due: Date): boolean {
    const { name, clock, log } = this.#deps;
    const isMissed = clock.now().getTime() - due.getTime() > LATE_MS_MAX;
    if (isMissed)
      log.info('A scheduled run was skipped: its time is long past', {
        schedule: name,
        dueAt: due.toISOString(),
      });
    return isMissed;
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

/** The event of a schedule without an input, as observed on AWS. */
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
