import type { MappingLag } from '../../../contracts/api/flow.ts';
import { parse } from '../../../contracts/reading.ts';
import { systemClock } from '../../../pipelines/core/clock.ts';
import { iteratorAges } from '../../../pipelines/flow/iterator-ages.ts';
import { MAPPINGS_PATH, MappingStatuses } from '../../local/running/control-server.ts';
import type { OpsTarget } from '../target/ops-target.ts';

const CONTROL_TIMEOUT_MS = 5_000;
const MS_PER_SECOND = 1_000;

/** Reads the lag: on this machine from the mappings themselves, shard by shard; of a stack from CloudWatch. */
export async function readLag({ place, resources }: OpsTarget): Promise<readonly MappingLag[]> {
  if (place.kind === 'aws') {
    const functions = Object.entries(resources.consumers).map(
      ([consumer, { functionName }]) => [consumer, functionName] as const,
    );
    return iteratorAges(place.cloudWatch, Object.fromEntries(functions), systemClock.now());
  }
  const answer = await fetch(place.running.controlUrl + MAPPINGS_PATH, {
    signal: AbortSignal.timeout(CONTROL_TIMEOUT_MS),
  });
  return Object.entries(parse(MappingStatuses, await answer.json())).flatMap(([mapping, shards]) =>
    shards.map(({ shardId, state, recordsWaiting, millisBehind, retries }) => ({
      mapping,
      shardId,
      state,
      recordsWaiting,
      secondsBehind: Math.round(millisBehind / MS_PER_SECOND),
      retries,
    })),
  );
}
