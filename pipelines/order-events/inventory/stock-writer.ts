import { LOW_STOCK_MAX, type ProductStock } from '../../../contracts/entities/product.ts';
import type { Sku } from '../../../contracts/ids.ts';
import { asSinkError } from '../../aws/aws-errors.ts';
import { waitUpTo } from '../../aws/retry.ts';
import { instantOf } from '../../clock.ts';
import { ACTIONS_MAX, ConditionsFailedError, commit } from '../../dynamodb/commit.ts';
import { PermanentError } from '../../errors.ts';
import { netStockChanges, type ReservationStep } from './reservation-step.ts';
import {
  type Contention,
  contentionOf,
  NotReleasableError,
  StockChangedError,
  StockContentionError,
} from './stock-errors.ts';
import {
  canHold,
  changeStock,
  putReservation,
  type ReservationWrite,
  reservationChanged,
  type StockTableDeps,
  type StockWrite,
} from './stock-table.ts';

/** A step of one order that is decided and not yet written. */
export interface StepWrite {
  readonly reservation: ReservationWrite;
  readonly step: Exclude<ReservationStep, { kind: 'none' }>;
}

/** One order of two lines. */
const ACTIONS_MIN = 3;
/** Of all transactions of one process that are in progress. */
const ACTIONS_IN_PROGRESS_MAX = 60;
const ATTEMPTS_MAX = 100;
const GROWTH = 0.2;
// A conflict is over in milliseconds, a full partition key at the next second.
const THROTTLED_MS = 25;
const THROTTLED_MS_MAX = 500;
const BACK_OFF_MS = 3;
const BACK_OFF_MS_PER_STEP = 0.3;
const BACK_OFF_MS_MAX = 15;
const BACK_OFF_MS_MAX_PER_STEP = 3;

interface Waiting extends StepWrite {
  readonly skus: readonly Sku[];
  readonly signal: AbortSignal;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
  /** The product that had other writers at the last attempt: its steps are written together, and nothing else with them. */
  contended: Sku | undefined;
  isAlone: boolean;
}

/**
 * Writes steps in transactions: a reservation and its stock changes always in one. A transaction holds the items that it names for
 * some milliseconds, and cancels others that name them. So this class
 * - joins the stock changes of a product into one action,
 * - never has two transactions of its own at one product,
 * - halves the size of its transactions at each conflict, and lets it grow while they commit,
 * - takes a cancelled one apart by its reasons: what named no contended product goes at once, and the steps of a contended one
 *   wait a random time, then go together and alone.
 *
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling.
 */
export class StockWriter {
  readonly #deps: StockTableDeps;
  readonly #wait: (boundMs: number) => Promise<void>;
  readonly #busy = new Set<Sku>();
  readonly #backingOff = new Map<Sku, Waiting[]>();
  /** The stock as it was read or left by a transaction of this process: how many pieces may be held together. */
  readonly #known = new Map<Sku, ProductStock>();
  #ready: Waiting[] = [];
  #actionsMax = ACTIONS_MAX;
  #actionsInProgress = 0;

  /** @param wait Waits a random time of at most so many milliseconds. */
  constructor(deps: StockTableDeps, wait: (boundMs: number) => Promise<void> = waitUpTo) {
    this.#deps = deps;
    this.#wait = wait;
  }

  /**
   * Writes each of the steps, of which no two are of one order. `stocks` are the products that they name, as they were read.
   *
   * @returns for each step whether it was written. It fails with StockChangedError or OptimisticLockError when it is to be decided
   * again; StockContentionError; NotReleasableError; SinkRefusedError, or the SDK's own error.
   */
  write(
    steps: readonly StepWrite[],
    stocks: ReadonlyMap<Sku, ProductStock>,
    signal: AbortSignal,
  ): Promise<readonly PromiseSettledResult<void>[]> {
    for (const [sku, stock] of stocks) this.#known.set(sku, stock);
    const written = Promise.allSettled(
      steps.map(
        (step) =>
          new Promise<void>((resolve, reject) => {
            const skus = step.step.kind === 'mark' ? [] : step.step.lines.map(({ sku }) => sku);
            const state = { attempts: 0, contended: undefined, isAlone: false };
            this.#ready.push({ ...step, ...state, skus, signal, resolve, reject });
          }),
      ),
    );
    this.#start();
    return written.finally(() => {
      for (const sku of stocks.keys()) this.#known.delete(sku);
    });
  }

  #start(): void {
    for (;;) {
      const group = this.#nextGroup();
      if (group.length === 0) return;
      void this.#run(group);
    }
  }

  /** Takes the steps of the next transaction; none while there is no room, or all of them wait for others. */
  #nextGroup(): readonly Waiting[] {
    const group: Waiting[] = [];
    const skus = new Set<Sku>();
    const room = ACTIONS_IN_PROGRESS_MAX - this.#actionsInProgress;
    const remaining: Waiting[] = [];
    for (const one of this.#ready) {
      if (one.signal.aborted) one.reject(one.signal.reason);
      else if (this.#isBackedOff(one)) continue;
      else if (one.skus.some((sku) => this.#busy.has(sku))) remaining.push(one);
      else if (!this.#isEnough([one]))
        one.reject(new StockChangedError('Orders before this one took the stock'));
      else if (this.#fits(one, group, skus, room)) {
        group.push(one);
        for (const sku of one.skus) skus.add(sku);
      } else remaining.push(one);
    }
    this.#ready = remaining;
    return group;
  }

  #isBackedOff(one: Waiting): boolean {
    if (one.contended !== undefined) return false;
    const sku = one.skus.find((name) => this.#backingOff.has(name));
    if (sku !== undefined) this.#backingOff.get(sku)?.push(one);
    return sku !== undefined;
  }

  #fits(one: Waiting, group: readonly Waiting[], skus: ReadonlySet<Sku>, room: number): boolean {
    const [first] = group;
    const actions = group.length + skus.size;
    const added = 1 + one.skus.filter((sku) => !skus.has(sku)).length;
    // An order that is alone must go, also if its contract allows more lines one day: nothing that ends would make more room.
    if (first === undefined) return added <= room || this.#actionsInProgress === 0;
    if (first.isAlone || one.isAlone || one.contended !== first.contended) return false;
    // Steps of the same products add no conflicts.
    const most = first.contended !== undefined || added === 1 ? ACTIONS_MAX : this.#actionsMax;
    return actions + added <= Math.min(most, room) && this.#isEnough([...group, one]);
  }

  /** Whether what the steps hold together is there, as far as is known. */
  #isEnough(steps: readonly Waiting[]): boolean {
    return netStockChanges(steps.map(({ step }) => step)).every(
      ({ sku, held }) => held <= 0 || canHold(this.#known.get(sku), held),
    );
  }

  async #run(group: readonly Waiting[]): Promise<void> {
    const skus = new Set(group.flatMap((one) => one.skus));
    const actions = group.length + skus.size;
    this.#actionsInProgress += actions;
    for (const sku of skus) this.#busy.add(sku);
    const changes = netStockChanges(group.map(({ step }) => step)).map((change) => ({
      ...change,
      leavesPlenty: (this.#known.get(change.sku)?.stock ?? 0) - change.held >= LOW_STOCK_MAX,
    }));
    const failure = await this.#commit(group, changes).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    this.#actionsInProgress -= actions;
    for (const sku of skus) this.#busy.delete(sku);
    if (failure === undefined) this.#written(group, changes);
    else this.#failed(group, changes, failure.error);
    this.#start();
  }

  async #commit(group: readonly Waiting[], changes: readonly StockWrite[]): Promise<void> {
    const { dynamoDb, tableName, clock } = this.#deps;
    const now = instantOf(clock.now());
    await commit(dynamoDb, [
      ...group.map(({ reservation: { next, read } }) => putReservation(tableName, next, read)),
      ...changes.map((change) => changeStock(tableName, change, now)),
    ]);
  }

  #written(group: readonly Waiting[], changes: readonly StockWrite[]): void {
    for (const { sku, held } of changes) {
      const known = this.#known.get(sku);
      if (known !== undefined)
        this.#known.set(sku, { stock: known.stock - held, reserved: known.reserved + held });
    }
    if (group[0]?.contended === undefined)
      this.#actionsMax = Math.min(ACTIONS_MAX, this.#actionsMax + GROWTH);
    for (const { resolve } of group) resolve();
  }

  #failed(group: readonly Waiting[], changes: readonly StockWrite[], error: unknown): void {
    const contention = contentionOf(error);
    if (contention !== undefined) this.#contended(group, changes, contention);
    else if (error instanceof ConditionsFailedError) this.#refused(group, changes, error);
    else this.#rejected(group, asSinkError(error, 'The table'));
  }

  #rejected(group: readonly Waiting[], failure: unknown): void {
    if (!(failure instanceof PermanentError) || group.length === 1)
      for (const { reject } of group) reject(failure);
    // One that cannot be written must fail its own order only.
    else this.#ready.unshift(...group.map((one) => Object.assign(one, { isAlone: true })));
  }

  #refused(group: readonly Waiting[], changes: readonly StockWrite[], error: ConditionsFailedError): void {
    const isFailed = (place: number): boolean => error.failedActions.has(place);
    const failed = changes.filter((_, index) => isFailed(group.length + index));
    for (const [index, one] of group.entries()) {
      const own = failed.filter(({ sku }) => one.skus.includes(sku));
      if (isFailed(index)) one.reject(reservationChanged(error));
      else if (own.length === 0) this.#ready.unshift(one);
      else if (own.some(({ held }) => held > 0))
        one.reject(new StockChangedError('The stock changed while it was reserved', { cause: error }));
      else if (group.length === 1)
        one.reject(
          new NotReleasableError(
            own.map(({ sku }) => sku),
            { cause: error },
          ),
        );
      else this.#ready.unshift(Object.assign(one, { isAlone: true }));
    }
  }

  #contended(group: readonly Waiting[], changes: readonly StockWrite[], contention: Contention): void {
    const { places } = contention;
    if (group[0]?.contended === undefined)
      this.#actionsMax = Math.max(ACTIONS_MIN, Math.floor(this.#actionsMax / 2));
    const skus = new Set(
      changes.filter((_, index) => places.has(group.length + index)).map(({ sku }) => sku),
    );
    const isAnyNamed = skus.size > 0 || [...group.keys()].some((place) => places.has(place));
    const others = (one: Waiting, place: number): boolean =>
      isAnyNamed && !places.has(place) && !one.skus.some((sku) => skus.has(sku));
    const [free, competing] = [
      group.filter((one, place) => others(one, place)),
      group.filter((one, place) => !others(one, place)),
    ];
    this.#ready.unshift(...free);
    for (const [sku, steps] of Map.groupBy(competing, (one) => one.skus.find((name) => skus.has(name))))
      this.#backOff(steps, sku, contention);
  }

  /** Lets the steps of a contended product wait. The more they are, the longer: a joint attempt that conflicts costs more. */
  #backOff(steps: readonly Waiting[], sku: Sku | undefined, { isThrottled, cause }: Contention): void {
    const waiting: Waiting[] = [];
    for (const one of steps) {
      one.attempts += 1;
      if (one.attempts < ATTEMPTS_MAX) waiting.push(one);
      else one.reject(new StockContentionError('A product has too many writers at once', { cause }));
    }
    const [first] = waiting;
    if (first === undefined) return;
    const others = sku === undefined ? undefined : this.#backingOff.get(sku);
    if (others !== undefined) {
      others.push(...waiting);
      return;
    }
    if (sku !== undefined) this.#backingOff.set(sku, waiting);
    const conflictMs = Math.min(
      BACK_OFF_MS_MAX + BACK_OFF_MS_MAX_PER_STEP * waiting.length,
      (BACK_OFF_MS + BACK_OFF_MS_PER_STEP * waiting.length) * first.attempts,
    );
    const throttledMs = Math.min(THROTTLED_MS_MAX, THROTTLED_MS * 2 ** (first.attempts - 1));
    void this.#wait(isThrottled ? throttledMs : conflictMs).then(() => {
      if (sku !== undefined) this.#backingOff.delete(sku);
      this.#ready.unshift(...waiting.map((each) => Object.assign(each, { contended: sku })));
      this.#start();
    });
  }
}
