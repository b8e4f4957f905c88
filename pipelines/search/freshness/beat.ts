import { settleAll } from '../../core/settle-all.ts';
import type { OpenSearchClient } from '../open-search.ts';
import { indexFreshness } from './index-freshness.ts';
import { type HeartbeatDeps, writeHeartbeats } from './write-heartbeats.ts';

/** Where it goes how far the index is behind the table, in seconds. */
export interface FreshnessMetric {
  publish(behindSeconds: number): void;
}

export interface BeatDeps extends HeartbeatDeps {
  readonly openSearch: OpenSearchClient;
  readonly metric: FreshnessMetric;
}

/**
 * Writes the heartbeats, and publishes how far the index is behind by those that have come. While nobody can tell, it publishes
 * nothing: the alarm on the metric takes silence for lag.
 *
 * @throws the SDK's own error when a heartbeat was not written.
 */
export const beat = (deps: BeatDeps): Promise<void> =>
  settleAll([writeHeartbeats(deps), publishFreshness(deps)]);

async function publishFreshness({ openSearch, clock, metric }: BeatDeps): Promise<void> {
  const freshness = await indexFreshness(openSearch, clock);
  if (freshness !== undefined) metric.publish(freshness.behindSeconds);
}
