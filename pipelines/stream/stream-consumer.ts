import type { ConsumerName } from '../../contracts/stream.ts';
import type { StreamChange } from './stream-change.ts';

/** What a consumer does with the changes of a batch. */
export interface StreamConsumer {
  readonly name: ConsumerName;
  /**
   * Handles one change to its end, idempotently: it may arrive twice, late, or after a newer one.
   * Throws a PermanentError for a change that can never succeed; any other error is retried.
   */
  readonly handle: (change: StreamChange, signal: AbortSignal) => Promise<void>;
  /**
   * `every-change`: each change of an item, in order. `newest-change`: of the changes of one item in one batch only the
   * last, for sinks that hold an item's state and not its history; Lambda
   * delivers the earlier ones again with it when it fails.
   */
  readonly delivery: 'every-change' | 'newest-change';
  /**
   * Whether the sink already holds what this change leads to, once it holds the change before it. Such a change counts as handled
   * and is not delivered. Only for `newest-change`; without it every change leads to something new.
   */
  readonly changesNothing?: (change: StreamChange) => boolean;
  /** How many items' changes may be in progress at once. */
  readonly concurrencyMax: number;
}
