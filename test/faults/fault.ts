import type { SystemLog } from '../../infra/local/system/system-log.ts';

/** How a fault is run. */
export interface FaultOptions {
  /** How many of the superstore's orders are imported meanwhile. */
  readonly orders: number;
  readonly outageMs: number;
  /** How long OpenSearch responds 429. */
  readonly throttleMs: number;
  /** Takes what the system prints. */
  readonly log: SystemLog;
}

/** The outcome of a fault, once all was restored, drained and compared. */
export interface FaultResult {
  /** How many orders were in the index when it struck. */
  readonly indexedBefore: number;
  readonly lastedMs: number;
  /** Records that were delivered again, each as often as it was. */
  readonly recordsRetried: number;
  /** On the queues of both consumers; the import's malformed items make {@link MALFORMED_LETTERS} of them. */
  readonly deadLetters: number;
  /** What does not reconcile. */
  readonly differences: readonly string[];
}

/** The dead letters that must always exist: one for each malformed item and consumer. */
export const MALFORMED_DEAD_LETTERS = 20;

/** Something that breaks in the middle of an import. */
export interface Fault {
  readonly name: string;
  run(options: FaultOptions): Promise<FaultResult>;
}
