/** How the local mapping paces itself; Lambda has such values too but does not let them be set. */
export interface MappingTuning {
  /** How long an idle shard waits before it is read again. Lambda reads each shard 4 times a second. */
  readonly pollIntervalMs: number;
  /** How often the stream is described again to find new shards; a shard's end causes it at once. */
  readonly shardDiscoveryIntervalMs: number;
  /** The first retry's upper bound of waiting; each further failure in a row doubles it. */
  readonly retryDelayMsBase: number;
  /** No wait between retries is longer than this. */
  readonly retryDelayMsMax: number;
  /** No call of the streams API takes longer than this. */
  readonly requestTimeoutMs: number;
  /** How long stop() waits for invocations under way before it leaves them behind. */
  readonly stopTimeoutMs: number;
  /**
   * A shard is not read on while this many records were read past its checkpoint, whether they wait, were handled behind
   * one that is stuck or were filtered out: a blocked key must not fill the memory.
   */
  readonly recordsAheadMax: number;
  /** A shard is not read on while its waiting records take this many bytes of JSON. */
  readonly bytesWaitingMax: number;
}

/** See https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html for the poll rate; the rest suits one machine. */
export const DEFAULT_TUNING: MappingTuning = {
  pollIntervalMs: 250,
  shardDiscoveryIntervalMs: 10_000,
  retryDelayMsBase: 100,
  retryDelayMsMax: 10_000,
  requestTimeoutMs: 10_000,
  stopTimeoutMs: 10_000,
  recordsAheadMax: 20_000,
  bytesWaitingMax: 64 * 1024 * 1024,
};
