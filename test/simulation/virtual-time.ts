import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { Dice } from './random.ts';
import type { Scheduler, Task } from './scheduler.ts';

const RealDate = Date;
let scheduler: Scheduler | undefined;
let dice = new Dice(0);

/** Code that asks for the time while no run is active is no part of one. */
function current(): Scheduler {
  if (scheduler === undefined) throw new Error('There is no virtual time outside a run');
  return scheduler;
}

class VirtualDate extends RealDate {
  constructor(...args: readonly unknown[]) {
    if (args.length === 0) super(VirtualDate.now());
    else super(...(args as ConstructorParameters<typeof RealDate>));
  }

  static override now(): number {
    return scheduler?.nowMs ?? RealDate.now();
  }
}

class VirtualTimeout {
  readonly task: Task;

  constructor(task: Task) {
    this.task = task;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }

  [Symbol.dispose](): void {
    this.task.isCancelled = true;
  }
}

const setVirtualTimeout = (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): VirtualTimeout =>
  new VirtualTimeout(current().after(ms, 'timer', () => run(...args)));
const clearVirtualTimeout = (timeout: unknown): void => {
  if (timeout instanceof VirtualTimeout) timeout.task.isCancelled = true;
};

async function sleepVirtually<Value>(
  ms: number,
  value: Value,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Value> {
  const { signal } = options;
  if (signal?.aborted) throw aborted(signal);
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  const task = current().after(ms, 'timer', () => {
    signal?.removeEventListener('abort', abort);
    resolve(value);
  });
  const abort = (): void => {
    task.isCancelled = true;
    if (signal !== undefined) reject(aborted(signal));
  };
  signal?.addEventListener('abort', abort, { once: true });
  return promise;
}

const aborted = (signal: AbortSignal): Error =>
  Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });

/** One for all: most time-outs abort what has ended long ago, and each would make one. */
const TIMED_OUT = new DOMException('The operation was aborted due to timeout', 'TimeoutError');

function timeoutSignal(ms: number): AbortSignal {
  const controller = new AbortController();
  current().after(ms, 'time-out', () => controller.abort(TIMED_OUT), true);
  return controller.signal;
}

/** Whom a signal's abort aborts too. */
const followers = new WeakMap<AbortSignal, Set<AbortController>>();

// Node keeps its own for as long as they have a listener and nothing has aborted them, and with them all that the listener
// knows. The processes of a run end without an abort, so all of each run would be kept. See
// https://nodejs.org/api/globals.html#static-method-abortsignalanysignals.
function anySignal(signals: Iterable<AbortSignal>): AbortSignal {
  const sources = [...signals];
  const controller = new AbortController();
  const aborted = sources.find((source) => source.aborted);
  if (aborted !== undefined) controller.abort(aborted.reason);
  else for (const source of sources) followersOf(source).add(controller);
  return controller.signal;
}

function followersOf(source: AbortSignal): Set<AbortController> {
  const known = followers.get(source);
  if (known !== undefined) return known;
  const all = new Set<AbortController>();
  followers.set(source, all);
  const abortAll = (): void => {
    for (const controller of all) controller.abort(source.reason);
    all.clear();
  };
  source.addEventListener('abort', abortAll, { once: true });
  return all;
}

function virtualUuid(): string {
  const digits = Array.from({ length: 32 }, () => dice.between(0, 15).toString(16)).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Replaces, for the thread and permanently, all sources of time and chance: the globals and the built-in
 * modules, so that nothing under test escapes the scheduler, in any library. What is already imported by name
 * is replaced too. See https://nodejs.org/api/module.html#modulesyncbuiltinesmexports.
 */
export function installVirtualTime(): void {
  Object.assign(globalThis, {
    Date: VirtualDate,
    setTimeout: setVirtualTimeout,
    clearTimeout: clearVirtualTimeout,
    setImmediate: (run: (...args: unknown[]) => void, ...args: unknown[]): void =>
      current().immediately(() => run(...args)),
    setInterval: () => {
      throw new Error('Nothing under test has an interval');
    },
  });
  Math.random = () => dice.next();
  AbortSignal.timeout = timeoutSignal;
  AbortSignal.any = anySignal;
  Object.assign(timersPromises, { setTimeout: sleepVirtually });
  Object.assign(crypto, { randomUUID: virtualUuid });
  syncBuiltinESMExports();
}

/** Has time and chance come from this run until the next one. */
export function useScheduler(next: Scheduler, seed: number): void {
  scheduler = next;
  dice = new Dice(seed);
}
