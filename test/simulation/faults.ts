import { Dice, mixed } from './random.ts';

/** What can go wrong with one call, and when. */
export const FAULT_KINDS = [
  /** The caller's process ends before the request arrives: crash at this await. */
  'crash-before',
  /** The caller's process ends after the effect and before the response. */
  'crash-after',
  /** The request never arrives, and the caller gets a time-out. */
  'request-lost',
  /** A time-out after success: the effect is there, the response is not. */
  'response-lost',
  /** The SDK sends the request again when its first response was lost. */
  'sent-twice',
  /** No response ever arrives. */
  'hang',
  /** The response takes seconds. */
  'slow',
  /** Too many requests. */
  'throttled',
  /** A fault of the service itself. */
  'unavailable',
  /** Another transaction is at the same item. */
  'conflict',
  /** A batch request of which some entries fail. */
  'partial',
  /** A queue or bucket that takes nothing: a policy or key that is wrong. */
  'refused',
  /** A batch is invoked twice at the same time. */
  'invoked-twice',
  /** A batch is invoked again long after it was done with. */
  'repeated-later',
  /** The function's concurrency is used up. */
  'function-throttled',
  /** A message is received while another receiver has it. */
  'received-twice',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault that happened: `crash-after@order-events.dynamodb.TransactWriteItems#3`. */
export type FaultId = string;

/** More faults than this, and a run would be about nothing else. */
const FAULTS_MAX = 60;

/** Which calls go wrong. Decided for each call by its name and number alone, or by a list of faults that are to happen. */
export class Faults {
  readonly #seed: number;
  readonly #rates: ReadonlyMap<FaultKind, number>;
  readonly #only: ReadonlySet<FaultId> | undefined;
  readonly #happened: FaultId[] = [];
  #isOver = false;

  constructor(seed: number, rates: ReadonlyMap<FaultKind, number>, only?: ReadonlySet<FaultId>) {
    this.#seed = mixed(seed, 0xfa);
    this.#rates = rates;
    this.#only = only;
  }

  get happened(): readonly FaultId[] {
    return this.#happened;
  }

  /** Nothing fails any longer. */
  end(): void {
    this.#isOver = true;
  }

  get areOver(): boolean {
    return this.#isOver;
  }

  /** What fails at the n-th call of that name, of all that can. */
  decide(callHash: number, call: string, n: number, possible: readonly FaultKind[]): FaultKind | undefined {
    if (this.#isOver) return undefined;
    const kind =
      this.#only === undefined ? this.#rolled(callHash, n, possible) : this.#listed(call, n, possible);
    if (kind !== undefined) this.#happened.push(faultId(kind, call, n));
    return kind;
  }

  #rolled(callHash: number, n: number, possible: readonly FaultKind[]): FaultKind | undefined {
    if (this.#happened.length >= FAULTS_MAX) return undefined;
    const dice = new Dice(mixed(mixed(this.#seed, callHash), n));
    return possible.find((kind) => dice.chance(this.#rates.get(kind) ?? 0));
  }

  #listed(call: string, n: number, possible: readonly FaultKind[]): FaultKind | undefined {
    return possible.find((kind) => this.#only?.has(faultId(kind, call, n)));
  }
}

const faultId = (kind: FaultKind, call: string, n: number): FaultId => `${kind}@${call}#${n}`;

/** The kind of a fault that happened. */
export const kindOf = (id: FaultId): FaultKind | undefined =>
  FAULT_KINDS.find((kind) => id.startsWith(`${kind}@`));
