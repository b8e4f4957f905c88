import { userInfo } from 'node:os';
import * as z from 'zod';
import { Instant } from '../../../contracts/ids.ts';
import type { ActivityItem } from '../../../contracts/operations/operations-items.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { withRetry } from '../../../pipelines/aws/retry.ts';
import { type Clock, instantOf } from '../../../pipelines/clock.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { type ActionEnd, type ActivityLog, thrownEnd } from '../../../pipelines/operations/activity.ts';
import type { SystemParts } from '../system/system-parts.ts';
import { FAULTS, type Fault, type FaultTarget, type Heal } from './faults.ts';

/** The names of the faults. */
export const FaultName = z.enum([
  'opensearch',
  'dynamodb',
  'topic',
  'queue',
  'function',
  'full-disk',
  'broken-items',
]);
export type FaultName = z.infer<typeof FaultName>;

/** The longest practice, in seconds: Lambda gives up records that are 6 hours old. */
export const FAULT_SECONDS_MAX = 3_600;
export const BROKEN_ITEMS_MAX = 1_000;

/** A fault to begin. */
export const BeginFault = z.strictObject({
  fault: FaultName,
  seconds: z.int().min(1).max(FAULT_SECONDS_MAX),
  consumer: ConsumerName,
  items: z.int().min(1).max(BROKEN_ITEMS_MAX),
});
export type BeginFault = z.infer<typeof BeginFault>;

/** A fault that has begun. */
export const BegunFault = z.object({ fault: FaultName, what: z.string(), since: Instant, until: Instant });
export type BegunFault = z.infer<typeof BegunFault>;

/** The parts that can be restarted, by their names on the command line. */
export const PART_NAMES = {
  opensearch: 'openSearch',
  dynamodb: 'dynamoDb',
  messaging: 'messaging',
} as const satisfies Readonly<Record<string, keyof SystemParts>>;
export const PartName = z.enum(['opensearch', 'dynamodb', 'messaging']);
export type PartName = z.infer<typeof PartName>;

/** A fault is there already: two at once would hinder each other's end. */
export class FaultRunningError extends OrderStreamError {
  readonly code = 'fault-running';
  readonly remedy: string;

  constructor({ fault, until }: BegunFault) {
    super(`The fault "${fault}" lasts until ${until}`);
    this.remedy = `End it first: npm run -s ops -- chaos ${fault} --end`;
  }
}

/** The fault lasts: what it broke could not be healed. */
export class FaultNotEndedError extends OrderStreamError {
  readonly code = 'fault-not-ended';
  readonly remedy =
    'Restart the part if it has ended, and end the fault again. Otherwise stop the system and start it again.';
}

/** The dependencies of {@link Chaos}. */
export interface ChaosDependencies {
  readonly target: FaultTarget;
  readonly activity: Pick<ActivityLog, 'start' | 'complete'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Reports the end of a fault, and that one could not be healed. */
  readonly log: (line: string) => void;
}

const ENDED: ActionEnd = { outcome: 'done', detail: 'ended' };
const HEAL_POLICY = { attemptsMax: 20, delayMsBase: 100, delayMsMax: 2_000, budgetMs: 60_000 };

/** Breaks a part of the local system for some time, and heals it: when the time is over, on request, and when the system stops. */
export class Chaos {
  readonly #deps: ChaosDependencies;
  #running:
    | { readonly begun: BegunFault; readonly timer: NodeJS.Timeout; readonly end: () => Promise<void> }
    | undefined;
  #isBusy = false;
  /** The last fault that could not be ended. */
  #notEnded: BegunFault | undefined;

  constructor(deps: ChaosDependencies) {
    this.#deps = deps;
  }

  /** The faults that last. */
  list(): readonly BegunFault[] {
    return this.#running === undefined ? [] : [this.#running.begun];
  }

  /**
   * Begins a fault. The activity log has an entry of it.
   *
   * @throws FaultRunningError; PartNotOwnedError; the SDK's own errors if the activity log or a part does not respond.
   */
  async begin(request: BeginFault): Promise<BegunFault> {
    const { fault, seconds, consumer, items } = request;
    const { target, clock } = this.#deps;
    const now = clock.now();
    const begun: BegunFault = {
      fault,
      what: FAULTS[fault].what,
      since: instantOf(now),
      until: instantOf(new Date(now.getTime() + seconds * MS_PER_SECOND)),
    };
    if (this.#running !== undefined) throw new FaultRunningError(this.#running.begun);
    if (this.#isBusy) throw new FaultRunningError(begun);
    this.#isBusy = true;
    try {
      const entry = await this.#deps.activity.start({ ...by(), target: targetOf(request) });
      const played: Fault = FAULTS[fault];
      const heal = await played.begin(target, { consumer, items, clock }).catch(async (error: unknown) => {
        await this.#deps.activity.complete(entry, thrownEnd(error));
        throw error;
      });
      if (heal === undefined) {
        await this.#deps.activity.complete(entry, ENDED);
        return { ...begun, until: begun.since };
      }
      let ending: Promise<void> | undefined;
      const end = (): Promise<void> =>
        (ending ??= this.#heal(begun, entry, heal).finally(() => {
          ending = undefined;
        }));
      // A process that stops heals by `stop`; the timer must not keep it alive. What cannot be healed is logged, and still listed.
      const timer = setTimeout(() => void end().catch(() => undefined), seconds * MS_PER_SECOND).unref();
      this.#running = { begun, timer, end };
      return begun;
    } finally {
      this.#isBusy = false;
    }
  }

  /** Ends the fault, and returns when all is healed. Harmless if it does not last. @throws FaultNotEndedError; it may be tried again. */
  async end(fault: FaultName): Promise<void> {
    if (this.#running?.begun.fault === fault) await this.#running.end();
  }

  /** Ends every fault that can be ended. Does not wait again for one that could not. */
  async stop(): Promise<void> {
    if (this.#running?.begun !== this.#notEnded) await this.#running?.end().catch(() => undefined);
  }

  /**
   * Restarts a part on its port, with its data on disk, and ends a fault of it.
   *
   * @throws LocalPartError `part-keeps-nothing` for a part with its data in memory, and `part-not-owned`, both before any change; or if
   * it does not start.
   */
  async restart(part: PartName): Promise<void> {
    const restarted = this.#deps.target.parts[PART_NAMES[part]];
    restarted.requireRestartable();
    await this.stop();
    // Before the restart: DynamoDB Local keeps the log.
    const entry = await this.#deps.activity
      .start({ ...by(), target: `restart ${part}` })
      .catch(() => undefined);
    try {
      await restarted.restart();
    } catch (error) {
      if (entry !== undefined) await this.#deps.activity.complete(entry, thrownEnd(error));
      throw error;
    }
    if (entry !== undefined)
      await this.#deps.activity.complete(entry, { outcome: 'done', detail: 'restarted' });
  }

  async #heal(begun: BegunFault, entry: ActivityItem, heal: Heal): Promise<void> {
    clearTimeout(this.#running?.timer);
    const { fault } = begun;
    const { activity, log } = this.#deps;
    try {
      await withRetry(heal, { policy: HEAL_POLICY, isRetryable: () => true });
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      const notEnded = new FaultNotEndedError(`The fault "${fault}" could not be ended: ${reason}`);
      log(`${notEnded.message}. ${notEnded.remedy}`);
      this.#notEnded = begun;
      await activity.complete(entry, { outcome: 'failed', detail: 'not ended' });
      throw notEnded;
    }
    log(`The fault "${fault}" has ended`);
    await activity.complete(entry, ENDED);
    this.#running = undefined;
  }
}

const by = () => ({ by: `local:${userInfo().username}`, action: 'chaos' }) as const;

function targetOf({ fault, seconds, consumer, items }: BeginFault): string {
  if (fault === 'broken-items') return `${fault}: ${items} items`;
  return `${fault === 'function' ? `function of ${consumer}` : fault} for ${seconds} s`;
}
