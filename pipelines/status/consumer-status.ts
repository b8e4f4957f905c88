import {
  type ConsumerStatus,
  LAG_LIMIT_SECONDS,
  type SinkName,
  type SinkStatus,
  type SystemProblem,
} from '../../contracts/api/status.ts';
import { earlierOf, type Instant } from '../../contracts/ids.ts';
import type { FailureItem } from '../../contracts/operations/operations-items.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { FAILURE_AGE_MS_MAX } from '../operations/failures.ts';
import { isPaused, type MappingDescription } from './consumer-mappings.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import {
  type ConsumerFacts,
  consumerFailing,
  consumerLagging,
  consumerPaused,
  consumerStalled,
  consumerThrottled,
  functionFailing,
  mappingMissing,
} from './problems.ts';
import { pausedAt } from './read-pauses.ts';
import type { StatusInputs } from './status-inputs.ts';

/** What each consumer depends on. */
const SINKS_OF: Readonly<Record<ConsumerName, readonly SinkName[]>> = {
  'order-events': ['topic', 'table', 'dead-letter-queues', 'operations-table'],
  'search-index': ['open-search', 'dead-letter-queues', 'operations-table'],
};
/** A record that fails for so long, or so often, is no passing conflict. */
const FAILING_MS = 10_000;
const FAILING_ATTEMPTS = 3;
/** So long after its mapping changed, a consumer has read heartbeats, and its metrics have arrived, which are minutes late. */
const STALLED_SECONDS = 600;
/** The time of a read is the start of its minute. */
const PERIOD_SECONDS = 60;
/** How long a stream keeps its records. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html. */
const STREAM_SECONDS = 86_400;
const FAILED_CALL = 'PROBLEM';

/** A consumer, and what is wrong with it. */
export interface ConsumerView {
  readonly status: ConsumerStatus;
  readonly problem?: SystemProblem;
  /** What makes it fail. */
  readonly sink?: SinkStatus;
}

/** A consumer as its mapping, its metrics and its failures show it; the first that explains the others counts. */
export function consumerView(inputs: StatusInputs, consumer: ConsumerName): ConsumerView {
  const mapping = inputs.mappings[consumer];
  const paused = mapping !== undefined && isPaused(mapping) ? mapping : undefined;
  // A paused consumer is where it was when it was paused: nothing reports it since.
  const asOf = (paused && pausedAt(paused, inputs.pauses[consumer])) ?? instantOf(inputs.at);
  const metrics = (paused === undefined ? inputs.metrics : inputs.metricsAtPause)?.[consumer];
  const liveFrom = after(asOf, -FAILURE_AGE_MS_MAX / MS_PER_SECOND);
  const failures = (inputs.failures ?? []).filter(
    (failure) => failure.consumer === consumer && failure.lastAt >= liveFrom,
  );
  const oldestAt = oldestOf(asOf, failures, metrics);
  const secondsBehind = oldestAt === undefined ? undefined : secondsBetween(oldestAt, inputs.at);
  const recordsPerSecond = rounded(inputs.metrics?.[consumer].recordsPerSecond);
  const base = {
    consumer,
    ...(secondsBehind === undefined ? {} : { secondsBehind }),
    ...(recordsPerSecond === undefined ? {} : { recordsPerSecond }),
  };
  const of = { inputs, consumer, mapping, metrics, asOf, oldestAt, secondsBehind, base };
  return (
    unmappedView(of) ??
    pausedView(of) ??
    retryingView(of, failures) ??
    stoppedView(of) ??
    stalledView(of) ??
    runningView(of)
  );
}

interface Consumer {
  readonly inputs: StatusInputs;
  readonly consumer: ConsumerName;
  readonly mapping: MappingDescription | undefined;
  /** Those of now, or of when it was paused. */
  readonly metrics: ConsumerMetrics | undefined;
  /** Now, or when it was paused. */
  readonly asOf: Instant;
  /** When the record was written that it is at. */
  readonly oldestAt: Instant | undefined;
  readonly secondsBehind: number | undefined;
  readonly base: Omit<ConsumerStatus, 'state'>;
}

function unmappedView(of: Consumer): ConsumerView | undefined {
  const { inputs, consumer, base } = of;
  const { [consumer]: code } = inputs.unmapped;
  if (code === undefined) return undefined;
  return { status: { ...base, state: 'failing' }, problem: mappingMissing(factsOf(of, undefined), code) };
}

function pausedView(of: Consumer): ConsumerView | undefined {
  const { inputs, consumer, mapping, metrics, oldestAt, base } = of;
  if (mapping === undefined || !isPaused(mapping)) return undefined;
  const stopped = stopOf(of);
  const since = pausedSince(of);
  // Its mapping may have changed again since it read: then the last batch before is where it is.
  const reached = oldestAt ?? metrics?.lastBatch?.recordAt;
  // Where it was when it was paused is not known without its metrics then, or where it had read nothing for long.
  const isKnown = reached !== undefined || (metrics !== undefined && hasReadUntilPause(of));
  const facts = factsOf(
    of,
    stopped === undefined ? (isKnown ? earliest(since, reached) : undefined) : stopped.oldestAt,
  );
  const problem = consumerPaused(facts, since, inputs.pauses[consumer]?.by);
  return { status: { ...base, state: 'paused' }, problem };
}

/**
 * A mapping may also change while it is paused, so that its last change is the pause only where it worked until then. The log has the other pauses:
 * not known without an entry.
 */
function pausedSince(of: Consumer): Instant | undefined {
  const { inputs, consumer, asOf, oldestAt } = of;
  const hasWorked = oldestAt !== undefined || hasReadUntilPause(of);
  return hasWorked || inputs.pauses[consumer] !== undefined ? asOf : undefined;
}

function hasReadUntilPause({ inputs, consumer, asOf }: Consumer): boolean {
  const readAt = inputs.lastReads[consumer]?.at;
  return readAt !== undefined && readAt > after(asOf, -STALLED_SECONDS);
}

function retryingView(of: Consumer, failures: readonly FailureItem[]): ConsumerView | undefined {
  const { inputs, consumer, oldestAt, base } = of;
  const worst = failures.toSorted((one, other) => other.attempt - one.attempt)[0];
  if (worst === undefined) return undefined;
  const sink = inputs.sinks.find(({ name, state }) => SINKS_OF[consumer].includes(name) && state !== 'ok');
  const since = failures.map((failure) => failure.since).reduce(earlierOf);
  const records = failures.reduce((sum, failure) => sum + failure.records, 0);
  const status = { ...base, attempt: worst.attempt, records, failingSince: since };
  const isFailing =
    sink !== undefined ||
    worst.attempt >= FAILING_ATTEMPTS ||
    inputs.at.getTime() - Date.parse(since) >= FAILING_MS;
  if (!isFailing) return { status: { ...status, state: 'retrying' } };
  const problem = consumerFailing(factsOf(of, oldestAt), { worst, since, records, sink });
  return { status: { ...status, state: 'failing' }, problem, ...(sink === undefined ? {} : { sink }) };
}

/** The function fails before it can say why, or does not run. */
function stoppedView(of: Consumer): ConsumerView | undefined {
  const { mapping, metrics, base } = of;
  const stopped = stopOf(of);
  if (stopped === undefined) return undefined;
  const facts = factsOf(of, stopped.oldestAt);
  const { since } = stopped;
  const problem =
    mapping !== undefined && isFailedCall(of)
      ? functionFailing(facts, since, mapping, metrics)
      : consumerThrottled(facts, since, metrics?.throttles ?? 0);
  const failingSince = since === undefined ? {} : { failingSince: since };
  return { status: { ...base, state: 'failing', ...failingSince }, problem };
}

/** Since when a consumer that reports no failure handles nothing, and when its oldest record was written: each as far as it is known. */
function stopOf(
  of: Consumer,
): { readonly since: Instant | undefined; readonly oldestAt: Instant | undefined } | undefined {
  const { metrics, oldestAt } = of;
  const isThrottled = metrics !== undefined && metrics.throttles > 0 && metrics.accepted === 0;
  if (!isFailedCall(of) && !isThrottled) return undefined;
  return {
    since: metrics?.errorsSince ?? metrics?.lastBatch?.at,
    // Where no batch was sent lately, the last one is all that is known.
    oldestAt: earliest(metrics?.errorsSince, oldestAt ?? metrics?.lastBatch?.recordAt),
  };
}

function isFailedCall({ mapping, metrics }: Consumer): boolean {
  // Lambda that cannot read the stream, or assume the role, does not invoke the function at all.
  const isNotWorking = metrics === undefined || metrics.errors > 0 || metrics.invocations === 0;
  return isNotWorking && (mapping?.lastProcessingResult.startsWith(FAILED_CALL) ?? false);
}

/** Its mapping is enabled and reports no failure, but has read nothing for minutes, not even the heartbeats. */
function stalledView(of: Consumer): ConsumerView | undefined {
  const { inputs, consumer, mapping, secondsBehind, base } = of;
  const lastRead = inputs.lastReads[consumer];
  if (lastRead === undefined || secondsBehind !== undefined) return undefined;
  const limit = after(instantOf(inputs.at), -STALLED_SECONDS);
  const isLongEnabled =
    mapping?.state === 'Enabled' && mapping.changedAt !== undefined && mapping.changedAt <= limit;
  const { at: since } = lastRead;
  if (!isLongEnabled || (since !== undefined && since > limit)) return undefined;
  const failingSince = since === undefined ? {} : { failingSince: since };
  const problem = consumerStalled(factsOf(of, undefined), since);
  return { status: { ...base, state: 'failing', ...failingSince }, problem };
}

function runningView(of: Consumer): ConsumerView {
  const { mapping, metrics, oldestAt, secondsBehind, base } = of;
  const unreadSince = changedAndUnread(of);
  const status = {
    ...base,
    state: mapping === undefined ? ('unknown' as const) : ('running' as const),
    ...(unreadSince === undefined ? {} : { unreadSince }),
  };
  if (secondsBehind === undefined || secondsBehind <= LAG_LIMIT_SECONDS) return { status };
  return { status, problem: consumerLagging(factsOf(of, oldestAt), metrics) };
}

/** When its mapping changed, as a resume does, where it has read nothing since. After {@link STALLED_SECONDS} it is stalled. */
function changedAndUnread({ inputs, consumer, mapping, secondsBehind }: Consumer): Instant | undefined {
  const changedAt = mapping?.changedAt;
  if (changedAt === undefined || secondsBehind !== undefined) return undefined;
  const readAt = inputs.lastReads[consumer]?.at;
  const hasRead = readAt !== undefined && after(readAt, PERIOD_SECONDS) > changedAt;
  return hasRead || changedAt <= after(instantOf(inputs.at), -STALLED_SECONDS) ? undefined : changedAt;
}

const factsOf = (
  { inputs, consumer, mapping, secondsBehind }: Consumer,
  oldestAt: Instant | undefined,
): ConsumerFacts => ({
  consumer,
  at: instantOf(inputs.at),
  isTableReady: inputs.sinks.every(({ name, state }) => name !== 'table' || state === 'ok'),
  secondsBehind,
  // A mapping that could not be read may have any limit.
  safeUntil: oldestAt === undefined || mapping === undefined ? undefined : safeUntil(oldestAt, mapping),
  lostFrom: oldestAt === undefined ? undefined : after(oldestAt, STREAM_SECONDS),
});

/** By the records that fail, and by the metric, which ends with the last batch that was sent. */
const oldestOf = (
  asOf: Instant,
  failures: readonly FailureItem[],
  metrics: ConsumerMetrics | undefined,
): Instant | undefined =>
  earliest(
    ...failures.map(({ recordAt, since }) => recordAt ?? since),
    metrics?.secondsBehind === undefined ? undefined : after(asOf, -metrics.secondsBehind),
  );

function safeUntil(oldestAt: Instant, { maximumRecordAgeSeconds: maximum }: MappingDescription): Instant {
  const seconds = maximum < 0 ? STREAM_SECONDS : Math.min(maximum, STREAM_SECONDS);
  return after(oldestAt, seconds);
}

const after = (at: Instant, seconds: number): Instant =>
  instantOf(new Date(Date.parse(at) + seconds * MS_PER_SECOND));

const secondsBetween = (from: Instant, to: Date): number =>
  Math.max(0, Math.round((to.getTime() - Date.parse(from)) / MS_PER_SECOND));

/** The earliest of those that are there. As texts they sort by time. */
const earliest = (...instants: readonly (Instant | undefined)[]): Instant | undefined =>
  instants.filter((instant) => instant !== undefined).toSorted()[0];

/** A rate with two decimals, where it is known. */
export const rounded = (rate: number | undefined): number | undefined =>
  rate === undefined ? undefined : Math.round(rate * 100) / 100;
