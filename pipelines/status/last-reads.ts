import type { Instant } from '../../contracts/ids.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_MINUTE } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { type ConsumerMappingsDeps, isPaused } from './consumer-mappings.ts';
import type { ConsumerMetricsDeps } from './consumer-metrics.ts';
import { readMetrics } from './metric-points.ts';
import { ofConsumers } from './read-pauses.ts';
import type { StatusInputs } from './status-inputs.ts';

/** The last minute in which a mapping read a record from the stream; `undefined` where it read none for an hour. */
export interface LastRead {
  readonly at: Instant | undefined;
}

const PERIOD_SECONDS = 60;
const LOOK_BACK_MS = 60 * MS_PER_MINUTE;

/**
 * When each mapping last read a record: until now, or until its mapping changed for a consumer that is paused. Records count before the
 * filters, so that the heartbeats of each minute count for both consumers.
 * See https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics.
 *
 * @throws the SDK's own errors.
 */
export async function readLastReads(
  {
    cloudWatch,
    clock,
    mappingId,
  }: Pick<ConsumerMetricsDeps, 'cloudWatch' | 'clock'> & Pick<ConsumerMappingsDeps, 'mappingId'>,
  mappings: StatusInputs['mappings'],
  signal: AbortSignal,
): Promise<StatusInputs['lastReads']> {
  const lastRead = async (consumer: ConsumerName): Promise<LastRead | undefined> => {
    const { [consumer]: mapping } = mappings;
    if (mapping === undefined) return undefined;
    const until = (isPaused(mapping) ? mapping.changedAt : undefined) ?? instantOf(clock.now());
    const toMs = Date.parse(until);
    const polled = {
      ...{ namespace: 'AWS/Lambda', name: 'PolledEventCount', statistic: 'Sum' as const },
      dimensions: { EventSourceMappingUUID: await mappingId(consumer) },
    };
    const range = { fromMs: toMs - LOOK_BACK_MS, toMs, periodSeconds: PERIOD_SECONDS };
    const points = await readMetrics(cloudWatch, { polled }, range, signal);
    // A poll that finds nothing counts as 0.
    const minutes = [...points('polled')].flatMap(([atMs, records]) => (records > 0 ? [atMs] : []));
    return { at: minutes.length === 0 ? undefined : instantOf(new Date(Math.max(...minutes))) };
  };
  return ofConsumers(...(await Promise.all([lastRead('order-events'), lastRead('search-index')])));
}
