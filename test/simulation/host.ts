import type { FaultKind, Faults } from './faults.ts';
import { Underway } from './models/table.ts';
import { Dice, hashOf, mixed } from './random.ts';
import type { Scheduler } from './scheduler.ts';

/** One request to a service, as its model takes it. */
export interface ServiceCall {
  /** The service's name: what an outage names. */
  readonly service: string;
  readonly command: string;
  /** Does what the service does, at one moment, or begins what ends later: {@link Underway}. Throws the service's own errors. */
  readonly effect: (dice: Dice) => unknown;
  /** What else can go wrong with it, and what the service then does; `undefined` where {@link Host} knows itself. */
  readonly faults: Readonly<Partial<Record<FaultKind, ServiceFault | undefined>>>;
  /** Of what can go wrong with any call, what cannot with this one. */
  readonly never?: readonly FaultKind[];
  /** The error of the caller's client when no response came. */
  readonly noResponse: () => Error;
  /** What the service says when it is away. */
  readonly away: () => Error;
  readonly signal?: AbortSignal | undefined;
}

/** What a service does in place of its effect. */
export type ServiceFault = (effect: () => unknown, dice: Dice) => unknown;

/** What is common to all processes of a run. */
export interface Net {
  readonly seed: number;
  readonly scheduler: Scheduler;
  readonly faults: Faults;
  /** Services that are away now. */
  readonly outages: ReadonlySet<string>;
  /** How often each call was made, by its name. */
  readonly counts: Map<string, number>;
  /** The longest that a response usually takes, in milliseconds. */
  readonly latencyMsMax: number;
}

const ANY_CALL = [
  'crash-before',
  'crash-after',
  'request-lost',
  'response-lost',
  'hang',
  'slow',
  'unavailable',
] as const;
const LATENCY_MS_MIN = 0.2;
const SLOW_MS = [1_000, 45_000] as const;
const RESEND_MS = [5, 3_000] as const;
/** The SDK's request handler gives up in the end, later than any function has time. */
const HANG_MS = 90_000;

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * A process: an execution environment of a function, a mapping, a caller of the API. All it does to others goes through
 * {@link call}; once it has crashed none of its promises settles any longer, so that what it was about to do never happens.
 */
export class Host {
  readonly role: string;
  readonly #net: Net;
  readonly #onCrash: (() => void)[] = [];
  #isAlive = true;

  constructor(role: string, net: Net) {
    this.role = role;
    this.#net = net;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Called once, when the process ends for any reason. */
  onCrash(run: () => void): void {
    this.#onCrash.push(run);
  }

  crash(why: string): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#net.scheduler.note(() => `${this.role} ends: ${why}`);
    for (const run of this.#onCrash) run();
  }

  /** Sends a request, which arrives after a while or not, and whose response arrives after another while or not. */
  call(call: ServiceCall): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (!this.#isAlive) return promise;
    const { signal } = call;
    if (signal?.aborted) return Promise.reject(abortError(signal));
    const name = `${this.role}.${call.service}.${call.command}`;
    const { counts, seed, faults, scheduler, latencyMsMax } = this.#net;
    const n = (counts.get(name) ?? 0) + 1;
    counts.set(name, n);
    const callHash = callHashOf(name);
    const dice = new Dice(mixed(mixed(seed, callHash), n));
    const fault = faults.areOver ? undefined : faults.decide(callHash, name, n, possibleFaults(call));
    const latency = (): number => dice.spread(LATENCY_MS_MIN, latencyMsMax);
    let isSettled = false;
    const respond = (one: Outcome): void => {
      const ms = fault === 'hang' ? HANG_MS : fault === 'slow' ? dice.spread(...SLOW_MS) : latency();
      scheduler.after(ms, `${name} responds`, () => {
        if (isSettled || !this.#isAlive) return;
        isSettled = true;
        if ('value' in one) resolve(one.value);
        else reject(one.error);
      });
    };
    signal?.addEventListener(
      'abort',
      () => {
        if (isSettled || !this.#isAlive) return;
        isSettled = true;
        reject(abortError(signal));
      },
      { once: true },
    );
    scheduler.after(latency(), name, () => this.#arrive({ call, name, n, fault, dice, respond }));
    return promise;
  }

  #arrive(sent: Sent): void {
    const { call, name, n, fault, dice, respond } = sent;
    const note = (text: string): void => this.#net.scheduler.note(() => `${name}#${n} ${text}`);
    const noResponse = (): void => respond({ error: call.noResponse() });
    // The request of a process that has ended meanwhile was sent, or was not.
    if (!this.#isAlive && dice.chance(0.5)) {
      note('is never sent');
      return;
    }
    switch (fault) {
      case 'crash-before':
        this.crash(`before ${name}#${n} arrives`);
        break;
      case 'request-lost':
        note('is lost');
        noResponse();
        break;
      case 'unavailable':
        note('meets a fault of the service');
        respond({ error: call.away() });
        break;
      case 'hang':
        if (dice.chance(0.5)) this.#take(sent, note, ignored);
        note('hangs');
        noResponse();
        break;
      case 'crash-after':
        this.#take(sent, note, ignored);
        this.crash(`after ${name}#${n} took effect`);
        break;
      case 'response-lost':
        this.#take(sent, note, ignored);
        note('loses its response');
        noResponse();
        break;
      case 'sent-twice':
        this.#take(sent, note, ignored);
        this.#net.scheduler.after(dice.spread(...RESEND_MS), `${name} again`, () => {
          note('is sent again by the SDK');
          this.#take(sent, note, respond);
        });
        break;
      default:
        this.#take(sent, note, respond);
    }
  }

  #take({ call, name, fault, dice }: Sent, note: (text: string) => void, done: (one: Outcome) => void): void {
    const failed = (error: unknown): void => {
      note(`fails: ${error instanceof Error ? error.name : String(error)}${instead(fault)}`);
      done({ error });
    };
    const ended = (value: unknown): void => {
      note(fault && call.faults[fault] ? `is ${fault}` : 'ok');
      done({ value });
    };
    try {
      if (this.#net.outages.has(call.service)) throw call.away();
      const faulty = fault && call.faults[fault];
      const effect = (): unknown => call.effect(dice);
      const value = faulty ? faulty(effect, dice) : effect();
      const end = (): void => {
        try {
          ended(value instanceof Underway ? value.end() : value);
        } catch (error) {
          failed(error);
        }
      };
      if (value instanceof Underway) this.#net.scheduler.after(value.ms, `${name} ends`, end);
      else end();
    } catch (error) {
      failed(error);
    }
  }
}

const possibleFaults = ({ faults, never }: ServiceCall): readonly FaultKind[] =>
  [...ANY_CALL, ...(Object.keys(faults) as FaultKind[])].filter((kind) => !never?.includes(kind));

const callHashes = new Map<string, number>();

function callHashOf(name: string): number {
  const known = callHashes.get(name) ?? hashOf(name);
  callHashes.set(name, known);
  return known;
}

const ignored = (): void => undefined;

interface Sent {
  readonly call: ServiceCall;
  readonly name: string;
  readonly n: number;
  readonly fault: FaultKind | undefined;
  readonly dice: Dice;
  readonly respond: (outcome: Outcome) => void;
}

const instead = (fault: FaultKind | undefined): string => (fault === undefined ? '' : ` (${fault})`);

const abortError = (signal: AbortSignal): Error =>
  Object.assign(new Error('Request aborted', { cause: signal.reason }), { name: 'AbortError' });
