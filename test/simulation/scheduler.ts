// Not the global, which is virtual in a run: this one lets the engine finish what a step has set going.
import { setImmediate as nextTurn } from 'node:timers';
import { hashOf, mixed } from './random.ts';

/** Something that will happen. */
export interface Task {
  readonly name: string;
  readonly atMicros: number;
  readonly place: number;
  readonly run: () => void;
  /** Whether it may share its step with the next such task: a time-out that most often no task waits for any longer. */
  readonly isLight: boolean;
  isCancelled: boolean;
}

/** A step of a run, as a person reads it. */
export interface TraceLine {
  readonly atMicros: number;
  readonly text: string;
}

/** When every run begins: 2026-03-01T12:00:00Z. */
export const START_MICROS = Date.UTC(2026, 2, 1, 12) * 1_000;
const MICROS_PER_MS = 1_000;
/** No run takes so many; one that does has found a loop without an end. */
const STEPS_MAX = 200_000;
/** All promises settle between two callbacks of `setImmediate`, also of one turn of the event loop. */
const TURNS_AT_ONCE = 64;

/** A run that does not come to rest. */
export class EndlessRunError extends Error {}

/**
 * The one thing that decides what happens next: tasks by their virtual time, ties by their order. A step runs one task and
 * lets every promise settle that follows from it, so between two steps nothing runs.
 */
export class Scheduler {
  readonly #heap: Task[] = [];
  readonly #immediates: (() => void)[] = [];
  readonly #lines: TraceLine[] | undefined;
  readonly #stepsMax: number;
  readonly #nameHashes: Map<string, number>;
  #nowMicros = START_MICROS;
  #places = 0;
  #steps = 0;
  #hash = 0;

  constructor(options: {
    readonly isRecording: boolean;
    readonly nameHashes?: Map<string, number>;
    readonly stepsMax?: number;
  }) {
    this.#stepsMax = options.stepsMax ?? STEPS_MAX;
    this.#lines = options.isRecording ? [] : undefined;
    this.#nameHashes = options.nameHashes ?? new Map();
  }

  get nowMicros(): number {
    return this.#nowMicros;
  }

  get nowMs(): number {
    return Math.floor(this.#nowMicros / MICROS_PER_MS);
  }

  get steps(): number {
    return this.#steps;
  }

  /** Of every step so far: its name, time and place. */
  get hash(): string {
    return this.#hash.toString(16).padStart(8, '0');
  }

  get lines(): readonly TraceLine[] {
    return this.#lines ?? [];
  }

  get isRecording(): boolean {
    return this.#lines !== undefined;
  }

  /** Has `run` happen after so many milliseconds. */
  after(ms: number, name: string, run: () => void, isLight = false): Task {
    const delay = Math.max(0, Math.round(ms * MICROS_PER_MS));
    const task = {
      isLight,
      name,
      atMicros: this.#nowMicros + delay,
      place: this.#places,
      run,
      isCancelled: false,
    };
    this.#places += 1;
    this.#push(task);
    return task;
  }

  /** Has `run` happen within this step, after all promises have settled. */
  immediately(run: () => void): void {
    this.#immediates.push(run);
  }

  /** Adds a line to the trace, where one is kept. */
  note(text: () => string): void {
    this.#lines?.push({ atMicros: this.#nowMicros, text: text() });
  }

  /** Makes what was found part of the hash. */
  mix(text: string): void {
    this.#hash = mixed(this.#hash, hashOf(text));
  }

  /** Steps until no task remains, `isOver` says so, or the time is `untilMicros`. */
  run(isOver: () => boolean, untilMicros = Number.POSITIVE_INFINITY): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let hasEnded = false;
    const orEnd = (work: () => void) => (): void => {
      try {
        work();
      } catch (error) {
        hasEnded = true;
        reject(error);
      }
    };
    const advance = orEnd(() => {
      const next = this.#next(isOver, untilMicros);
      hasEnded = next === undefined;
      if (next === undefined) resolve();
      else if (this.#step(next)) queueMicrotask(advance);
    });
    const turn = orEnd(() => {
      if (hasEnded) return;
      if (this.#immediates.length === 0) advance();
      else for (const run of this.#immediates.splice(0)) run();
    });
    const begin = (): void => {
      if (hasEnded) return;
      for (let n = 0; n < TURNS_AT_ONCE; n += 1) nextTurn(turn);
      nextTurn(begin);
    };
    begin();
    return promise;
  }

  /** Takes the next task; `undefined` where the run ends. */
  #next(isOver: () => boolean, untilMicros: number): Task | undefined {
    for (;;) {
      if (isOver()) return undefined;
      const next = this.#heap[0];
      if (next === undefined || next.atMicros > untilMicros) break;
      this.#pop();
      if (!next.isCancelled) return next;
    }
    if (untilMicros !== Number.POSITIVE_INFINITY)
      this.#nowMicros = Math.max(this.#nowMicros, Math.floor(untilMicros));
    return undefined;
  }

  /** @returns whether the next task follows before promises have settled. */
  #step(task: Task): boolean {
    this.#steps += 1;
    if (this.#steps > this.#stepsMax)
      throw new EndlessRunError(`The run did not end within ${this.#stepsMax} steps`);
    this.#nowMicros = Math.max(this.#nowMicros, task.atMicros);
    this.#hash = mixed(mixed(this.#hash, this.#hashOfName(task.name)), this.#nowMicros % 2 ** 32);
    task.run();
    return task.isLight && this.#heap[0]?.isLight === true;
  }

  #hashOfName(name: string): number {
    const known = this.#nameHashes.get(name);
    if (known !== undefined) return known;
    const hash = hashOf(name);
    this.#nameHashes.set(name, hash);
    return hash;
  }

  // A binary heap, the earliest task first.
  #push(task: Task): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(task);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(task, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let place = 2 * at + 1;
      let child = heap[place];
      const other = heap[place + 1];
      if (child !== undefined && other !== undefined && isBefore(other, child)) {
        child = other;
        place += 1;
      }
      if (child === undefined || !isBefore(child, last)) break;
      heap[at] = child;
      at = place;
    }
    heap[at] = last;
  }
}

const isBefore = (one: Task, other: Task): boolean =>
  one.atMicros < other.atMicros || (one.atMicros === other.atMicros && one.place < other.place);
