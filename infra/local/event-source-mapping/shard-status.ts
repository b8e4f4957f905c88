/** What an operator sees of one shard. */
export interface ShardStatus {
  readonly shardId: string;
  /** `reading`: open; `draining`: closed, its last records are under way; `finished`: handled to its end. */
  readonly state: 'reading' | 'draining' | 'finished';
  /** The last record before the lowest unhandled one; absent before the first. */
  readonly checkpoint: string | undefined;
  /** Records that were read and are not handled, those of invocations under way included. */
  readonly recordsWaiting: number;
  /** The age of the oldest record that was read and is not handled; 0 when there is none. */
  readonly millisBehind: number;
  readonly invocationsUnderWay: number;
  /** The most retries that a batch under way has used up. */
  readonly retries: number;
}
