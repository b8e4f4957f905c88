import {
  type ConsumerStatus,
  LAG_LIMIT_SECONDS,
  type SinkName,
  type SinkStatus,
  type SystemProblem,
} from '../../contracts/api/status.ts';
import type { Instant } from '../../contracts/ids.ts';
import type { FailureItem } from '../../contracts/operations/operations-items.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import { MS_PER_SECOND } from '../../contracts/units.ts';
import { instantOf } from '../clock.ts';
import { isPaused, type MappingDescription } from './consumer-mappings.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import {
  type ConsumerFacts,
  consumerFailing,
  consumerLagging,
  consumerPaused,
  consumerThrottled,
  functionFailing,
} from './problems.ts';
import type { StatusInputs } from './status-inputs.ts';

/** What each consumer depends on. */
const SINKS_OF: Readonly<Record<ConsumerName, readonly SinkName[]>> = {
  'order-events': ['topic', 'table', 'dead-letter-queues', 'operations-table'],
  'search-index': ['open-search', 'dead-letter-queues', 'operations-table'],
};
/** A record that fails for so long, or so often, is no passing conflict. */
const FAILING_MS = 10_000;
const FAILING_ATTEMPTS = 3;
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
  const metrics = inputs.metrics?.[consumer];
  const failures = (inputs.failures ?? []).filter((failure) => failure.consumer === consumer);
  const secondsBehind = lagOf(inputs.at, failures, metrics);
  const recordsPerSecond = rounded(metrics?.recordsPerSecond);
  const base = {
    consumer,
    ...(secondsBehind === undefined ? {} : { secondsBehind }),
    ...(recordsPerSecond === undefined ? {} : { recordsPerSecond }),
  };
  const of = { inputs, consumer, mapping: inputs.mappings[consumer], metrics, secondsBehind, base };
  return pausedView(of) ?? retryingView(of, failures) ?? deadFunctionView(of) ?? runningView(of);
}

interface Consumer {
  readonly inputs: StatusInputs;
  readonly consumer: ConsumerName;
  readonly mapping: MappingDescription | undefined;
  readonly metrics: ConsumerMetrics | undefined;
  readonly secondsBehind: number | undefined;
  readonly base: Omit<ConsumerStatus, 'state'>;
}

function pausedView(of: Consumer): ConsumerView | undefined {
  const { inputs, consumer, mapping, base } = of;
  if (mapping === undefined || !isPaused(mapping)) return undefined;
  const pause = inputs.pauses[consumer];
  const since = mapping.changedAt ?? pause?.at ?? instantOf(inputs.at);
  const problem = consumerPaused(factsOf(of, earliest(since, laggingSince(of))), since, pause?.by);
  return { status: { ...base, state: 'paused' }, problem };
}

function retryingView(of: Consumer, failures: readonly FailureItem[]): ConsumerView | undefined {
  const { inputs, consumer, base } = of;
  const worst = failures.toSorted((one, other) => other.attempt - one.attempt)[0];
  if (worst === undefined) return undefined;
  const sink = inputs.sinks.find(({ name, state }) => SINKS_OF[consumer].includes(name) && state !== 'ok');
  const since = failures.map((failure) => failure.since).reduce(earliest);
  const records = failures.reduce((sum, failure) => sum + failure.records, 0);
  const status = { ...base, attempt: worst.attempt, records, failingSince: since };
  const isFailing =
    sink !== undefined ||
    worst.attempt >= FAILING_ATTEMPTS ||
    inputs.at.getTime() - Date.parse(since) >= FAILING_MS;
  if (!isFailing) return { status: { ...status, state: 'retrying' } };
  const oldestAt = failures.map(({ recordAt, since: failedAt }) => recordAt ?? failedAt).reduce(earliest);
  const problem = consumerFailing(factsOf(of, oldestAt), { worst, since, records, sink });
  return { status: { ...status, state: 'failing' }, problem, ...(sink === undefined ? {} : { sink }) };
}

/** The function fails before it can say why, or does not run. */
function deadFunctionView(of: Consumer): ConsumerView | undefined {
  const { inputs, mapping, metrics, base } = of;
  const isLastCallFailed = mapping?.lastProcessingResult.startsWith(FAILED_CALL) ?? false;
  // Lambda that cannot read the stream, or assume the role, does not invoke the function at all.
  const isNotWorking = metrics === undefined || metrics.errors > 0 || metrics.invocations === 0;
  if (mapping !== undefined && isLastCallFailed && isNotWorking) {
    const since = metrics?.errorsSince ?? instantOf(inputs.at);
    const facts = factsOf(of, earliest(since, laggingSince(of)));
    const problem = functionFailing(facts, since, mapping, metrics);
    return { status: { ...base, state: 'failing', failingSince: since }, problem };
  }
  if (metrics === undefined || metrics.throttles === 0) return undefined;
  const problem = consumerThrottled(factsOf(of, laggingSince(of)), metrics.throttles);
  return { status: { ...base, state: 'failing' }, problem };
}

function runningView(of: Consumer): ConsumerView {
  const { mapping, secondsBehind, base } = of;
  const status = { ...base, state: mapping === undefined ? ('unknown' as const) : ('running' as const) };
  if (secondsBehind === undefined || secondsBehind <= LAG_LIMIT_SECONDS) return { status };
  return { status, problem: consumerLagging(factsOf(of, laggingSince(of))) };
}

const factsOf = (
  { inputs, consumer, mapping, secondsBehind }: Consumer,
  oldestAt: Instant | undefined,
): ConsumerFacts => ({
  consumer,
  at: instantOf(inputs.at),
  secondsBehind,
  // A mapping that could not be read may have any limit.
  safeUntil: oldestAt === undefined || mapping === undefined ? undefined : safeUntil(oldestAt, mapping),
  lostFrom: oldestAt === undefined ? undefined : after(oldestAt, STREAM_SECONDS),
});

/** By the record that fails, or else by the metric, which ends with the last batch that was sent. */
function lagOf(
  at: Date,
  failures: readonly FailureItem[],
  metrics: ConsumerMetrics | undefined,
): number | undefined {
  const ages = failures.flatMap(({ recordAt }) =>
    recordAt === undefined
      ? []
      : [Math.max(0, Math.round((at.getTime() - Date.parse(recordAt)) / MS_PER_SECOND))],
  );
  const known = metrics?.secondsBehind === undefined ? ages : [...ages, metrics.secondsBehind];
  return known.length === 0 ? undefined : Math.max(...known);
}

/** When the record was written that the consumer is at. */
const laggingSince = ({ inputs, secondsBehind }: Consumer): Instant | undefined =>
  secondsBehind === undefined
    ? undefined
    : instantOf(new Date(inputs.at.getTime() - secondsBehind * MS_PER_SECOND));

function safeUntil(oldestAt: Instant, { maximumRecordAgeSeconds: maximum }: MappingDescription): Instant {
  const seconds = maximum < 0 ? STREAM_SECONDS : Math.min(maximum, STREAM_SECONDS);
  return after(oldestAt, seconds);
}

const after = (at: Instant, seconds: number): Instant =>
  instantOf(new Date(Date.parse(at) + seconds * MS_PER_SECOND));

const earliest = (one: Instant, other: Instant | undefined): Instant =>
  other !== undefined && other < one ? other : one;

/** A rate with two decimals, where it is known. */
export const rounded = (rate: number | undefined): number | undefined =>
  rate === undefined ? undefined : Math.round(rate * 100) / 100;
