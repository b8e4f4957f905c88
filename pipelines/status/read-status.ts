import { ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { SinkName, type SystemStatus, type VerificationRun } from '../../contracts/api/status.ts';
import { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_MINUTE } from '../../contracts/units.ts';
import { Deadline } from '../aws/deadline.ts';
import { instantOf } from '../clock.ts';
import { DeadLetterStore } from '../operations/dead-letter-store.ts';
import { FAILURE_KEPT_MS, readFailures } from '../operations/failures.ts';
import { latestVerifications } from '../operations/verification-runs.ts';
import {
  type ConsumerMappingsDeps,
  describeMapping,
  type MappingDescription,
  NoMappingError,
} from './consumer-mappings.ts';
import { type ConsumerMetricsDeps, readConsumerMetrics } from './consumer-metrics.ts';
import { readLastReads } from './last-reads.ts';
import { openCauses } from './open-dead-letters.ts';
import { PROBE_MS_MAX, probeSinks, type SinkProbesDeps } from './probe-sinks.ts';
import { heldPauses, readMetricsAtPause, readPauses } from './read-pauses.ts';
import type { StatusInputs, UnavailableSource } from './status-inputs.ts';
import { systemStatus } from './system-status.ts';

/** The dependencies of the status. */
export type StatusDeps = SinkProbesDeps & ConsumerMetricsDeps & ConsumerMappingsDeps;

/** The share of its time in which dead letters are counted. What was counted by then is shown, and not that nothing is known. */
const COUNTING = 0.5;
const RECENT_MS = 10 * MS_PER_MINUTE;

/**
 * Reads the status of the system from all its sources at the same time, each request within `timeoutMs`. What is asked of a mapping's last
 * change comes after the mapping, and the metrics at a pause after that: three requests in a row at most. What does not respond is a
 * problem of the status, not an error.
 */
export async function readStatus(deps: StatusDeps, timeoutMs = PROBE_MS_MAX): Promise<SystemStatus> {
  const source = within(timeoutMs);
  const at = deps.clock.now();
  const recentSince = instantOf(new Date(at.getTime() - RECENT_MS));
  const describing = describeMappings(deps, source);
  const [
    sinks,
    { mappings, unmapped, missing: missingMappings },
    described,
    metrics,
    failures,
    causes,
    verified,
  ] = await Promise.all([
    probeSinks(deps, SinkName.options, timeoutMs),
    describing,
    describing.then(({ mappings }) => readDescribed(deps, source, mappings)),
    source('CloudWatch', (signal) => readConsumerMetrics(deps, signal)),
    source('the operations table', () => currentFailures(deps)),
    source('the operations table', () =>
      openCauses(new DeadLetterStore(deps), recentSince, AbortSignal.timeout(timeoutMs * COUNTING)),
    ),
    source('the operations table', (signal) => latestVerifications(deps, 1, signal)),
  ]);
  const { lastReads, pauses, metricsAtPause } = described;
  const lastRun = verified.value?.[0];
  const missing = [lastReads, pauses, metricsAtPause, metrics, failures, causes, verified].flatMap(
    (one) => one.missing ?? [],
  );
  return systemStatus({
    at,
    sinks,
    mappings,
    unmapped,
    lastReads: lastReads.value ?? {},
    pauses: pauses.value ?? {},
    metricsAtPause: metricsAtPause.value ?? {},
    metrics: metrics.value,
    failures: failures.value,
    openCauses: causes.value,
    verification: lastRun && verificationOf(lastRun),
    unavailable: [...new Map([...missingMappings, ...missing].map((one) => [one.name, one])).values()],
  });
}

const verificationOf = ({ at, differences, inconclusive, malformed }: VerificationRun) => ({
  ...{ at, differences, inconclusive, malformed },
});

interface Source<Value> {
  readonly value?: Value;
  readonly missing?: UnavailableSource;
}

/** Reads a source within a time. */
const within =
  (timeoutMs: number) =>
  async <Value>(
    name: UnavailableSource['name'],
    read: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Source<Value>> => {
    try {
      using deadline = new Deadline(timeoutMs);
      return { value: await deadline.within(read) };
    } catch (error) {
      return { missing: { name, code: error instanceof Error ? error.name : 'unknown' } };
    }
  };

type Described = Pick<StatusInputs, 'lastReads' | 'pauses' | 'metricsAtPause'>;
type DescribedSources = { readonly [Name in keyof Described]: Source<Described[Name]> };

/** Reads what follows from the mappings. CloudWatch is not asked again where it did not respond. */
async function readDescribed(
  deps: StatusDeps,
  source: ReturnType<typeof within>,
  mappings: StatusInputs['mappings'],
): Promise<DescribedSources> {
  const [lastReads, logged] = await Promise.all([
    source('CloudWatch', (signal) => readLastReads(deps, mappings, signal)),
    source('the operations table', (signal) => readPauses(deps, mappings, signal)),
  ]);
  if (lastReads.value === undefined) return { lastReads, pauses: logged, metricsAtPause: {} };
  const pauses = heldPauses(logged.value ?? {}, lastReads.value);
  const metricsAtPause = await source('CloudWatch', (signal) =>
    readMetricsAtPause(deps, mappings, pauses, signal),
  );
  return { lastReads, pauses: { ...logged, value: pauses }, metricsAtPause };
}

/** Each on its own, so that a consumer without a mapping hides nothing of the other one. */
async function describeMappings(
  deps: StatusDeps,
  source: ReturnType<typeof within>,
): Promise<Pick<StatusInputs, 'mappings' | 'unmapped'> & { readonly missing: readonly UnavailableSource[] }> {
  const described = await Promise.all(
    ConsumerName.options.map(async (consumer) => ({
      consumer,
      ...(await source('Lambda', (signal) => mappingOrCode(deps, consumer, signal))),
    })),
  );
  return {
    mappings: Object.fromEntries(
      described.flatMap(({ consumer, value }) => (typeof value === 'object' ? [[consumer, value]] : [])),
    ),
    unmapped: Object.fromEntries(
      described.flatMap(({ consumer, value }) => (typeof value === 'string' ? [[consumer, value]] : [])),
    ),
    missing: described.flatMap(({ missing }) => missing ?? []),
  };
}

/** The code of the error where there is not the one mapping. */
async function mappingOrCode(
  deps: StatusDeps,
  consumer: ConsumerName,
  signal: AbortSignal,
): Promise<MappingDescription | string> {
  try {
    return await describeMapping(deps, consumer, signal);
  } catch (error) {
    if (error instanceof NoMappingError) return error.code;
    if (error instanceof ResourceNotFoundException) return error.name;
    throw error;
  }
}

const currentFailures = async (deps: StatusDeps) =>
  (
    await Promise.all(ConsumerName.options.map((consumer) => readFailures(deps, consumer, FAILURE_KEPT_MS)))
  ).flat();
