import type { SinkName, SinkStatus, SystemProblem } from '../../contracts/api/status.ts';
import type { Instant } from '../../contracts/ids.ts';
import type { FailureItem } from '../../contracts/operations/operations-items.ts';
import type { ConsumerName } from '../../contracts/stream.ts';
import type { MappingDescription } from './consumer-mappings.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { OpenCause } from './open-dead-letters.ts';
import type { UnavailableSource } from './status-inputs.ts';

/** What the problems of a consumer say of it. */
export interface ConsumerFacts {
  readonly consumer: ConsumerName;
  readonly at: Instant;
  /** Whether the table can be used: without it no order is accepted either. */
  readonly isTableReady: boolean;
  readonly secondsBehind: number | undefined;
  /** Until then no record of it is given up; `undefined` where the oldest record or the limit is not known. */
  readonly safeUntil: Instant | undefined;
  /** From then on the stream has trimmed its oldest record; `undefined` where that is not known. */
  readonly lostFrom: Instant | undefined;
}

const OPS = 'npm run ops --';
const LAGGING = 'ordereventslagging-searchindexlagging';
const NOT_READY: Readonly<Record<Exclude<SinkStatus['state'], 'ok'>, string>> = {
  'no-response': 'does not respond',
  missing: 'does not exist',
  denied: 'denies access',
  failing: 'responds with errors',
};
const SINKS: Readonly<Record<SinkName, string>> = {
  table: 'the table',
  'operations-table': 'the operations table',
  topic: 'the topic',
  'open-search': 'OpenSearch',
  'dead-letter-queues': 'a dead-letter queue',
};
const STALLED: Readonly<Record<ConsumerName, string>> = {
  'order-events': 'ordereventsstalled',
  'search-index': 'searchindexstale',
};
/** What goes on and what does not while a consumer handles nothing. */
const WITHOUT: Readonly<Record<ConsumerName, string>> = {
  'order-events':
    'Orders are accepted, but not confirmed: events, stock and statistics are late. Search goes on.',
  'search-index': 'Orders, stock and events go on. Searches do not find the latest changes.',
};
/** The same while nothing is written. */
const WITHOUT_SINK: Readonly<Record<SinkName, string>> = {
  table: 'The API responds with 503 to nearly everything, and the consumers cannot work.',
  'operations-table':
    'order-events retries each order until its event can be recorded, and dead letters are retried too. Failures and the activity log cannot be written.',
  topic: 'The next order that changes is retried until its event is published.',
  'open-search': 'Searches respond with 503. The next change is retried until it is indexed.',
  'dead-letter-queues': 'A record that should be a dead letter is retried until the queue accepts it.',
};
const SINK_SECTIONS: Readonly<Record<SinkName, string>> = {
  table: 'tablesthrottled',
  'operations-table': 'tablesthrottled',
  topic: LAGGING,
  'open-search': 'searchclusterred',
  'dead-letter-queues': LAGGING,
};

const without = ({ consumer, isTableReady }: ConsumerFacts): string =>
  isTableReady ? WITHOUT[consumer] : WITHOUT_SINK.table;

const sinkTitle = (sink: SinkStatus): string =>
  sink.state === 'ok' ? '' : `${SINKS[sink.name]} ${NOT_READY[sink.state]}`;

/** Records of a consumer fail, and are retried. */
export function consumerFailing(
  facts: ConsumerFacts,
  failing: {
    readonly worst: FailureItem;
    readonly since: Instant;
    readonly records: number;
    readonly sink: SinkStatus | undefined;
  },
): SystemProblem {
  const { worst, since, records, sink } = failing;
  const { code, message } = worst.reason;
  const why = sink === undefined ? code : sinkTitle(sink);
  const searches = sink?.name === 'open-search' ? ' Searches respond with 503.' : '';
  return {
    ...problemOf(facts, 'consumer-failing', since),
    title: `${behind(facts)}: ${why}`,
    impact: `${nothingLost(facts)} ${without(facts)}${searches}`,
    cause: { code, message },
    attempt: worst.attempt,
    records,
    runbook: sink?.name === 'table' ? SINK_SECTIONS.table : LAGGING,
    command: `${OPS} lag`,
  };
}

/** Every invocation of the function fails before it can say why. */
export function functionFailing(
  facts: ConsumerFacts,
  since: Instant | undefined,
  { lastProcessingResult }: MappingDescription,
  metrics: ConsumerMetrics | undefined,
): SystemProblem {
  const counts =
    metrics === undefined ? '' : ` (${metrics.errors} of ${metrics.invocations} invocations in 10 minutes)`;
  return {
    ...problemOf(facts, 'function-failing', since),
    title: `${behind(facts)}: its function fails`,
    impact: `${nothingLost(facts)} ${without(facts)}`,
    cause: { code: 'function-failed', message: `${lastProcessingResult}${counts}` },
    runbook: LAGGING,
    command: `${OPS} lag`,
  };
}

/** Lambda does not run the function: the account's concurrency is in use. */
export const consumerThrottled = (
  facts: ConsumerFacts,
  since: Instant | undefined,
  throttles: number,
): SystemProblem => ({
  ...problemOf(facts, 'consumer-throttled', since),
  title: `${behind(facts)}: its function is throttled`,
  impact: `${nothingLost(facts)} ${without(facts)}`,
  cause: {
    code: 'throttled',
    message: `${throttles} invocations were refused in 3 minutes, and none was accepted`,
  },
  runbook: 'functionsthrottled',
  command: `${OPS} lag`,
});

/** A consumer handles records later than its alarm allows, and reports no failure. */
export const consumerLagging = (
  facts: ConsumerFacts,
  metrics: ConsumerMetrics | undefined,
): SystemProblem => ({
  // The metric says how far it is behind, and not since when.
  ...problemOf(facts, 'consumer-lagging', undefined),
  title: behind(facts),
  impact: `${nothingLost(facts)} ${without(facts)}`,
  cause: { code: 'lag-over-limit', message: whyLagging(metrics) },
  runbook: LAGGING,
  command: `${OPS} lag --watch`,
});

/** More lanes help against none of the first two. */
function whyLagging(metrics: ConsumerMetrics | undefined): string {
  if (metrics !== undefined && metrics.errors > 0)
    return `${metrics.errors} of ${metrics.invocations} invocations in 10 minutes failed before they could say why`;
  if (metrics !== undefined && metrics.throttles > 0)
    return `${metrics.throttles} invocations were refused in 3 minutes, and ${metrics.accepted} accepted`;
  return 'Records come faster than they are handled';
}

/** A consumer has no event source mapping, or more than one. */
export const mappingMissing = (facts: ConsumerFacts, code: string): SystemProblem => ({
  ...problemOf(facts, 'mapping-missing', undefined),
  title: `${facts.consumer} does not have its one event source mapping`,
  impact: `With none, the records wait in the stream, which keeps them for 24 hours. With two, each is handled twice. ${without(facts)}`,
  cause: { code, message: 'Lambda has no mapping of it, or more than one' },
  runbook: 'revert-what-was-changed-by-hand',
  command: `${OPS} lag`,
});

/** The last run of `verify` found what differs from the table, and did not repair all of it. */
export const verificationDiffers = (at: Instant, differences: number): SystemProblem => ({
  id: 'verification-differs',
  severity: 'warning',
  title: `The last verify left ${counted(differences, 'difference')}`,
  impact: 'Searches, reservations, statistics or events do not show what the table has.',
  cause: { code: 'differences', message: 'npm run ops -- verify lists them' },
  since: at,
  runbook: 'verify',
  command: `${OPS} verify`,
});

/** The mapping of a consumer is enabled, and reads nothing. */
export const consumerStalled = (facts: ConsumerFacts, since: Instant | undefined): SystemProblem => ({
  ...problemOf(facts, 'consumer-stalled', since),
  title: `${facts.consumer} reads nothing`,
  impact: `${nothingLost(facts)} ${without(facts)}`,
  cause: {
    code: 'nothing-read',
    message: "Not even heartbeats: none are written, it is stuck, or its stream is no longer the table's",
  },
  runbook: STALLED[facts.consumer],
  command: `${OPS} lag`,
});

/** The mapping of a consumer is disabled. */
export const consumerPaused = (
  facts: ConsumerFacts,
  since: Instant | undefined,
  by: string | undefined,
): SystemProblem => ({
  ...problemOf(facts, 'consumer-paused', since),
  severity: isPast(facts, facts.safeUntil) ? 'failing' : 'warning',
  title: `${facts.consumer} is paused${by === undefined ? '' : ` by ${by}`}`,
  impact: `${waitsInStream(facts)} ${without(facts)}`,
  cause: { code: 'paused', message: 'The event source mapping is disabled' },
  runbook: 'pause-a-consumer',
  command: `${OPS} resume ${facts.consumer}`,
});

/** What consumers depend on does not work, and no record has met it yet. */
export const sinkUnreachable = (sink: SinkStatus): SystemProblem => ({
  id: `sink-unreachable:${sink.name}`,
  severity: 'failing',
  title: capitalized(sinkTitle(sink)),
  impact: `Nothing is lost. ${WITHOUT_SINK[sink.name]}`,
  cause: { code: sink.code ?? sink.state, message: `A probe found that ${sinkTitle(sink)}` },
  runbook: SINK_SECTIONS[sink.name],
  command: `${OPS} lag`,
});

/** The status itself lacks something. */
export const sourceUnavailable = ({ name, code }: UnavailableSource): SystemProblem => ({
  id: `source-unavailable:${name === 'the operations table' ? 'operations-table' : name.toLowerCase()}`,
  severity: 'warning',
  title: `The status is incomplete: ${name} could not be read`,
  impact: 'This says nothing of the orders: what is missing here may be well or not.',
  cause: { code, message: `${name} could not be read` },
  runbook: 'start-here',
  command: `${OPS} status`,
});

/** Dead letters wait on the queue of a consumer. */
export function deadLettersWaiting(
  consumer: ConsumerName,
  causes: SomeCauses,
  isCutShort: boolean,
): SystemProblem {
  const waiting = total(causes, 'waiting');
  const recent = total(causes, 'recent');
  return {
    ...deadLetterProblem(causes, isCutShort),
    id: `dead-letters:${consumer}`,
    title: `${isCutShort ? 'At least ' : ''}${counted(waiting, 'dead letter')} of ${consumer}, ${counted(causes.length, 'cause')}${recent === 0 ? '' : `, ${recent} new`}`,
    consumer,
    records: waiting,
    runbook: 'dead-letters',
    command: `${OPS} dlq list --consumer ${consumer}`,
  };
}

/** The automatic replay has given up dead letters. */
export const deadLettersParked = (causes: SomeCauses, isCutShort: boolean): SystemProblem => ({
  ...deadLetterProblem(causes, isCutShort),
  id: 'dead-letters:parked',
  title: `${isCutShort ? 'At least ' : ''}${counted(total(causes, 'parked'), 'dead letter')} parked after the automatic replay failed`,
  records: total(causes, 'parked'),
  runbook: 'parkeddeadlettersnotempty',
  command: `${OPS} dlq list --parked`,
});

/** At least one. */
type SomeCauses = readonly [OpenCause, ...OpenCause[]];

function deadLetterProblem(
  causes: SomeCauses,
  isCutShort: boolean,
): Pick<SystemProblem, 'severity' | 'impact' | 'cause' | 'since'> {
  // Those that were not read are older.
  const keptUntil = causes.map((cause) => cause.keptUntil).reduce(earlier);
  const first = isCutShort ? '' : `, the first until ${keptUntil.slice(0, DAY_LENGTH)}`;
  const { code, message } = causes.reduce((one, other) => (size(other) > size(one) ? other : one));
  return {
    severity: 'warning',
    impact: `Nothing is lost: a queue keeps each of them for 14 days${first}. What they should have changed is missing until they are replayed.`,
    cause: { code, message },
    since: causes.map(({ firstAt }) => firstAt).reduce(earlier),
  };
}

const DAY_LENGTH = 'yyyy-mm-dd'.length;
const earlier = (one: Instant, other: Instant): Instant => (other < one ? other : one);
const size = ({ waiting, parked }: OpenCause): number => waiting + parked;
const total = (causes: readonly OpenCause[], member: 'waiting' | 'parked' | 'recent'): number =>
  causes.reduce((sum, cause) => sum + cause[member], 0);
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

function problemOf(
  facts: ConsumerFacts,
  kind: string,
  since: Instant | undefined,
): Pick<SystemProblem, 'id' | 'severity' | 'since' | 'safeUntil' | 'consumer'> {
  const { consumer, safeUntil } = facts;
  return {
    id: `${kind}:${consumer}`,
    severity: 'failing',
    ...(since === undefined ? {} : { since }),
    ...(safeUntil === undefined || isPast(facts, safeUntil) ? {} : { safeUntil }),
    consumer,
  };
}

const behind = ({ consumer, secondsBehind }: ConsumerFacts): string =>
  secondsBehind === undefined ? `${consumer} is behind` : `${consumer} is ${duration(secondsBehind)} behind`;

const TIME_OF_DAY = [11, 16] as const;

const LOST =
  'Records are lost: the stream keeps them for 24 hours. When the consumer works again, run verify --repair.';
const UNKNOWN =
  'The records wait in the stream, which keeps them for 24 hours. How long the oldest has waited is not known.';

const isPast = ({ at }: ConsumerFacts, instant: Instant | undefined): boolean =>
  instant !== undefined && instant <= at;

function nothingLost(facts: ConsumerFacts): string {
  const { safeUntil, lostFrom } = facts;
  if (lostFrom === undefined) return UNKNOWN;
  if (isPast(facts, lostFrom)) return LOST;
  if (safeUntil === undefined) return 'Nothing is lost: the records wait in the stream.';
  return isPast(facts, safeUntil)
    ? 'Nothing is lost: the oldest records become dead letters now.'
    : `Nothing is lost: the records are retried until ${safeUntil.slice(...TIME_OF_DAY)} UTC, and after that kept as dead letters.`;
}

function waitsInStream(facts: ConsumerFacts): string {
  const { safeUntil, lostFrom } = facts;
  if (lostFrom === undefined) return UNKNOWN;
  if (isPast(facts, lostFrom)) return LOST;
  if (safeUntil === undefined) return 'Nothing is lost: the records wait in the stream.';
  return isPast(facts, safeUntil)
    ? `Nothing is lost until ${lostFrom.slice(...TIME_OF_DAY)} UTC, when the stream deletes the oldest records. They become dead letters as soon as it is resumed.`
    : `Nothing is lost: the records wait in the stream. Resume before ${safeUntil.slice(...TIME_OF_DAY)} UTC, or the oldest become dead letters.`;
}

const SECONDS_PER_MINUTE = 60;
const MINUTES_PER_HOUR = 60;

/** `47 s`, `2 min 07 s`, `3 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < SECONDS_PER_MINUTE) return `${seconds} s`;
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (minutes < MINUTES_PER_HOUR) return `${minutes} min ${two(seconds % SECONDS_PER_MINUTE)} s`;
  return `${Math.floor(minutes / MINUTES_PER_HOUR)} h ${two(minutes % MINUTES_PER_HOUR)} min`;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
