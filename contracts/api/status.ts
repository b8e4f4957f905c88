import * as z from 'zod';
import { Instant } from '../ids.ts';
import { extensible } from '../reading.ts';
import { ConsumerName } from '../stream.ts';
import { Actor, DeadLetterId } from './dead-letters.ts';
import type { Operation } from './operation.ts';
import { nextPage, pageQuery, queryInteger } from './parameters.ts';

/** The lag after which the alarms OrderEventsLagging and SearchIndexLagging in infra/alarms.yaml go off, in seconds. */
export const LAG_LIMIT_SECONDS = 300;

/** What the consumers depend on. */
export const SinkName = z.enum(['table', 'operations-table', 'topic', 'open-search', 'dead-letter-queues']);
export type SinkName = z.infer<typeof SinkName>;

/** One thing that is wrong, in words for a person. */
export const SystemProblem = z.object({
  /** Stable while it lasts, such as `consumer-failing:search-index`. */
  id: z.string(),
  severity: z.enum(['warning', 'failing']),
  /** What does not work: `search-index is 2 min 07 s behind: OpenSearch does not respond`. */
  title: z.string(),
  /** What that means for orders, stock, events and search, and that nothing is lost. */
  impact: z.string(),
  /** The error behind it. */
  cause: z.object({ code: z.string(), message: z.string() }),
  /** Absent where it is not known. */
  since: Instant.optional(),
  /** Until then Lambda retries the records; after that they are kept as dead letters. */
  safeUntil: Instant.optional(),
  consumer: ConsumerName.optional(),
  /** Of the record that has been retried most. */
  attempt: z.int().positive().optional(),
  records: z.int().nonnegative().optional(),
  /** The section of docs/runbook.md, such as `searchindexlagging`. */
  runbook: z.string(),
  /** The command to start with. */
  command: z.string(),
});
export type SystemProblem = z.infer<typeof SystemProblem>;

/** One consumer as the status has it. */
export const ConsumerStatus = z.object({
  consumer: ConsumerName,
  state: z.enum(['running', 'retrying', 'failing', 'paused', 'unknown']),
  /** Absent where the mapping has read nothing within the last minutes, or within those before it was paused. */
  secondsBehind: z.int().nonnegative().optional(),
  /** Without heartbeats. */
  recordsPerSecond: z.number().nonnegative().optional(),
  attempt: z.int().positive().optional(),
  /** Records that are retried now. */
  records: z.int().nonnegative().optional(),
  failingSince: Instant.optional(),
  /** Its mapping changed then, and has read nothing since: how far it is behind is not known yet. */
  unreadSince: Instant.optional(),
});
export type ConsumerStatus = z.infer<typeof ConsumerStatus>;

/** One thing that consumers depend on, as it responded to a probe. */
export const SinkStatus = z.object({
  name: SinkName,
  state: z.enum(['ok', 'no-response', 'missing', 'denied', 'failing']),
  code: z.string().optional(),
  latencyMs: z.int().nonnegative().optional(),
});
export type SinkStatus = z.infer<typeof SinkStatus>;

/** `GET /ops/status`: what is wrong, since when, why, and until when nothing is lost. */
export const SystemStatus = z.object({
  at: Instant,
  verdict: z.enum(['ok', 'warning', 'failing']),
  /** The worst first. */
  problems: z.array(SystemProblem),
  consumers: z.array(ConsumerStatus),
  sinks: z.array(SinkStatus),
  /** Absent where the store of dead letters did not respond: there may be any number. */
  deadLetters: z
    .object({
      waiting: z.object({ 'order-events': z.int(), 'search-index': z.int() }),
      parked: z.int(),
      causes: z.object({ 'order-events': z.int(), 'search-index': z.int() }),
      /** Failed within the last ten minutes. */
      recent: z.int(),
      /** Only the latest were counted: each number may be larger. */
      isCutShort: z.boolean(),
    })
    .optional(),
  /** What the last run of `verify` found; absent where none is known. */
  verification: z
    .object({
      at: Instant,
      differences: z.int().nonnegative(),
      /** What changed during every comparison: whether it differs is not known. */
      inconclusive: z.int().nonnegative(),
      /** Items that violate their contract, and are not compared. */
      malformed: z.int().nonnegative(),
    })
    .optional(),
  /** A second, over the last minute or the last complete period; absent where not known. */
  rates: z.object({ ordersPlaced: z.number().optional(), eventsPublished: z.number().optional() }),
  /** The limit after which the lag alarms go off. */
  lagLimitSeconds: z.int().positive(),
});
export type SystemStatus = z.infer<typeof SystemStatus>;

/** `GET /ops/lag`: from 15 minutes to 24 hours. */
export const LagQuery = z.object({ minutes: queryInteger(15, 1_440).default(15) });

/** The lag of each consumer over time; `null` where nothing was read. */
export const LagHistory = z.object({
  from: Instant,
  periodSeconds: z.int().positive(),
  limitSeconds: z.int().positive(),
  series: z.array(
    z.object({ consumer: ConsumerName, secondsBehind: z.array(z.number().nonnegative().nullable()) }),
  ),
});
export type LagHistory = z.infer<typeof LagHistory>;

/** The path of a consumer. */
export const ConsumerPath = z.object({ consumer: ConsumerName });

/** The state of a consumer's event source mapping; it takes some seconds to change. */
export const ConsumerState = z.object({ consumer: ConsumerName, state: z.string() });
export type ConsumerState = z.infer<typeof ConsumerState>;

/** One action of an operator. Holds ids and counts, and no personal data. */
export const ActivityEntry = z.object({
  id: z.string(),
  at: Instant,
  endedAt: Instant.optional(),
  by: Actor,
  action: extensible([
    'replay',
    'purge',
    'fix',
    'pause',
    'resume',
    'repair',
    'reindex',
    'chaos',
    'backfill',
    'forget',
  ]),
  /** What it was done to: a filter, an id, a consumer, an index. */
  target: z.string(),
  deadLetterId: DeadLetterId.optional(),
  /** `started` where it has not ended, or was cut off. */
  outcome: extensible(['started', 'done', 'partly', 'failed']),
  /** Such as `2 replayed, 18 failed: total 12, status 6`. */
  detail: z.string(),
});
export type ActivityEntry = z.infer<typeof ActivityEntry>;

/** `GET /ops/activity`. */
export const ListActivityQuery = z.object(pageQuery);

/** A page of the activity log, the latest first. */
export const ActivityPage = z.object({ entries: z.array(ActivityEntry), ...nextPage });
export type ActivityPage = z.infer<typeof ActivityPage>;

/** The most differences that the result of a run of `verify` keeps. */
export const VERIFICATION_FINDINGS_MAX = 50;

/** What one run of `ops verify` found, after its repairs. Holds keys of items, and no personal data. */
export const VerificationRun = z.object({
  /** When it ended. */
  at: Instant,
  by: Actor,
  durationMs: z.int().nonnegative(),
  differences: z.int().nonnegative(),
  /** What changed during every comparison. */
  inconclusive: z.int().nonnegative(),
  /** Items that violate their contract. */
  malformed: z.int().nonnegative(),
  repaired: z.int().nonnegative(),
  checks: z.array(z.object({ check: z.string(), differences: z.int(), inconclusive: z.int() })),
  /** The first {@link VERIFICATION_FINDINGS_MAX} differences. */
  findings: z.array(z.object({ check: z.string(), id: z.string(), detail: z.string() })),
});
export type VerificationRun = z.infer<typeof VerificationRun>;

/** `GET /ops/verify`: the latest runs, the last one first. */
export const VerificationRuns = z.object({ runs: z.array(VerificationRun) });
export type VerificationRuns = z.infer<typeof VerificationRuns>;

export const activityOperations = [
  {
    id: 'listActivity',
    method: 'GET',
    path: '/ops/activity',
    summary: 'Lists what operators did, the latest first',
    access: 'scoped',
    scopes: ['ops:read'],
    parameters: { query: ListActivityQuery },
    success: { status: 200, description: 'The actions', body: ActivityPage },
  },
  {
    id: 'listVerifications',
    method: 'GET',
    path: '/ops/verify',
    summary: 'Lists what the latest runs of ops verify found',
    access: 'scoped',
    scopes: ['ops:read'],
    success: { status: 200, description: 'The runs', body: VerificationRuns },
  },
] as const satisfies readonly Operation[];

export const statusOperations = [
  {
    id: 'getStatus',
    method: 'GET',
    path: '/ops/status',
    summary: 'Shows what is wrong, since when, why, and until when nothing is lost',
    access: 'scoped',
    scopes: ['ops:read'],
    success: { status: 200, description: 'The status of the system', body: SystemStatus },
  },
  {
    id: 'getLagHistory',
    method: 'GET',
    path: '/ops/lag',
    summary: 'Shows the lag of each consumer over the last minutes',
    access: 'scoped',
    scopes: ['ops:read'],
    parameters: { query: LagQuery },
    success: { status: 200, description: 'The lag history', body: LagHistory },
  },
  {
    id: 'pauseConsumer',
    method: 'POST',
    path: '/ops/consumers/{consumer}/pause',
    summary: 'Pauses a consumer; its records wait in the stream, for 24 hours at most',
    access: 'scoped',
    scopes: ['ops:write'],
    parameters: { path: ConsumerPath },
    success: { status: 200, description: 'The state of the consumer', body: ConsumerState },
    refusals: [409],
  },
  {
    id: 'resumeConsumer',
    method: 'POST',
    path: '/ops/consumers/{consumer}/resume',
    summary: 'Resumes a consumer that is paused',
    access: 'scoped',
    scopes: ['ops:write'],
    parameters: { path: ConsumerPath },
    success: { status: 200, description: 'The state of the consumer', body: ConsumerState },
    refusals: [409],
  },
] as const satisfies readonly Operation[];
