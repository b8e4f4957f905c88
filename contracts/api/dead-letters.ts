import * as z from 'zod';
import { Instant, OrderId, UserId } from '../ids.ts';
import { extensible, FieldIssue } from '../reading.ts';
import { ConsumerName } from '../stream.ts';
import { line, lineOrNone } from '../text.ts';
import type { Operation } from './operation.ts';
import { nextPage, PAGE_LIMIT_MAX, pageQuery } from './parameters.ts';

/** A dead letter's id. It is made from the consumer and the record or batch, so that it stays the same through every replay. */
export const DeadLetterId = z
  .string()
  .regex(/^[0-9a-f]{24}$/, "must be a dead letter's id")
  .brand<'DeadLetterId'>();
export type DeadLetterId = z.infer<typeof DeadLetterId>;

/** The id of a cause: of the reason, the entity, the field and the message that dead letters share. */
export const CauseId = z
  .string()
  .regex(/^[0-9a-f]{12}$/, "must be a cause's id")
  .brand<'CauseId'>();
export type CauseId = z.infer<typeof CauseId>;

/** Where a dead letter is: `waiting` on its consumer's queue, `parked` on the parking queue, or done. */
export const DeadLetterState = z.enum(['waiting', 'parked', 'replayed', 'purged']);
export type DeadLetterState = z.infer<typeof DeadLetterState>;

/** Who acted: a consumer, the automatic replay, or an operator (the subject of a token, or an AWS principal). */
export const Actor = z.string().min(1).max(256);

/** One attempt at a dead letter, or what ended it. `fixed` is a replay that was part of a fix of its item. */
export const DeadLetterAttempt = z.object({
  at: Instant,
  by: Actor,
  outcome: extensible(['failed', 'replayed', 'fixed', 'item-deleted', 'parked', 'purged']),
  /** The reason of a failure. */
  code: z.string().optional(),
});
export type DeadLetterAttempt = z.infer<typeof DeadLetterAttempt>;

/** What a text ends with that was shortened. */
export const SHORTENED = '…';
/** The field that is to blame; `value` is what it held, shortened, and may be personal data. */
export const DeadLetterIssue = FieldIssue.extend({ value: z.string().optional() });
export type DeadLetterIssue = z.infer<typeof DeadLetterIssue>;

/** Whether the path of an issue is of another item, such as a product of an order: it begins with the key of that. */
export const isOfAnotherItem = (path: string): boolean => path.includes('#');

/** What a dead letter is, without its images. */
export const DeadLetterSummary = z.object({
  id: DeadLetterId,
  consumer: ConsumerName,
  state: DeadLetterState,
  kind: z.enum(['record', 'batch', 'pointers', 'test-event', 'unreadable']),
  /** The code of the consumer's reason, or Lambda's condition. */
  reason: z.string(),
  /** The first field that is to blame, where the reason names one. */
  issue: DeadLetterIssue.optional(),
  causeId: CauseId,
  /** The type of its item, or of the first of its records. */
  entity: z.string(),
  key: z.object({ pk: z.string(), sk: z.string() }).optional(),
  /** The order that it is of. */
  order: z.object({ userId: UserId, orderId: OrderId }).optional(),
  eventName: z.string().optional(),
  records: z.int().nonnegative(),
  attempts: z.int().positive(),
  firstSeenAt: Instant,
  failedAt: Instant,
  /** What ended it, and who did; absent while it waits or is parked. */
  end: DeadLetterAttempt.pick({ at: true, by: true, outcome: true }).optional(),
});
export type DeadLetterSummary = z.infer<typeof DeadLetterSummary>;

/** Which dead letters; a missing member matches all. */
export const DeadLetterFilter = z.object({
  consumer: ConsumerName.optional(),
  /** Without it, those that wait and those that are parked. */
  state: DeadLetterState.extract(['waiting', 'parked']).optional(),
  reason: line(200).optional(),
  cause: CauseId.optional(),
  entity: line(200).optional(),
  /** Failed at this instant or later. */
  since: Instant.optional(),
  /** Failed before this instant. */
  until: Instant.optional(),
  /** In the id, the key, the field, the message or the value. */
  text: line(200).optional(),
});
export type DeadLetterFilter = z.infer<typeof DeadLetterFilter>;

/**
 * Which dead letters a list has. `ended` lists those that were replayed, fixed or purged, the latest end first, for as long as the store
 * keeps them; `since` and `until` are then times of the end.
 */
export const DeadLetterListFilter = DeadLetterFilter.extend({
  /** Without it, those that wait and those that are parked. */
  state: z.enum(['waiting', 'parked', 'ended']).optional(),
});
export type DeadLetterListFilter = z.infer<typeof DeadLetterListFilter>;

/** `GET /ops/dead-letters`. */
export const ListDeadLettersQuery = DeadLetterListFilter.extend(pageQuery);
export type ListDeadLettersQuery = z.infer<typeof ListDeadLettersQuery>;

/** The number of dead letters that have each value, the most frequent first. */
const Counts = z.array(z.object({ value: z.string(), count: z.int() }));

/** What there is when nothing matches: the values of each member that the filter names. */
export const UnmatchedFilter = z.object({
  total: z.int(),
  here: z.array(
    z.object({
      /** `fields` are the fields to blame, for `text`; `failed` and `ended` are days in UTC, for `since` and `until`. */
      what: extensible(['consumers', 'states', 'reasons', 'causes', 'entities', 'fields', 'failed', 'ended']),
      values: Counts,
    }),
  ),
});
export type UnmatchedFilter = z.infer<typeof UnmatchedFilter>;

/** A page of dead letters, the latest first. */
export const DeadLetterPage = z.object({
  deadLetters: z.array(DeadLetterSummary),
  unmatched: UnmatchedFilter.optional(),
  ...nextPage,
});
export type DeadLetterPage = z.infer<typeof DeadLetterPage>;

/** Dead letters that share a cause. */
export const DeadLetterCause = z.object({
  causeId: CauseId,
  reason: z.string(),
  entity: z.string(),
  /** Without the value, which differs from one to the next. */
  issue: FieldIssue.optional(),
  /** The number on the queue of each consumer, and on the parking queue. */
  counts: z.object({ 'order-events': z.int(), 'search-index': z.int(), parked: z.int() }),
  firstFailedAt: Instant,
  lastFailedAt: Instant,
  example: DeadLetterSummary,
});
export type DeadLetterCause = z.infer<typeof DeadLetterCause>;

/** `GET /ops/dead-letters/causes`: those that match, by cause; `isCutShort` where not all were read. */
export const DeadLetterCauses = z.object({
  causes: z.array(DeadLetterCause),
  total: z.int(),
  isCutShort: z.boolean(),
});
export type DeadLetterCauses = z.infer<typeof DeadLetterCauses>;

/** One record of a dead letter. Holds personal data. */
export const DeadLetterRecord = z.object({
  from: z.string(),
  key: z.object({ pk: z.string(), sk: z.string() }).optional(),
  eventName: z.string().optional(),
  oldImage: z.unknown().optional(),
  newImage: z.unknown().optional(),
  /** What the table holds under the key now. */
  current: z.unknown().optional(),
});
export type DeadLetterRecord = z.infer<typeof DeadLetterRecord>;

/** `GET /ops/dead-letters/{id}`. */
export const DeadLetterView = z.object({
  summary: DeadLetterSummary,
  /** The last ones, the oldest first. */
  attempts: z.array(DeadLetterAttempt),
  reason: z.object({ code: z.string(), message: z.string(), issues: z.array(DeadLetterIssue) }).optional(),
  /** What a person does about this reason, and the section of docs/runbook.md that has more. */
  remedy: z.string(),
  runbook: z.string(),
  /** The dead letter of the other consumer for the same record, if there is one. */
  twin: DeadLetterId.optional(),
  /** The batch that its record came from, if Lambda gave up on it. */
  batch: DeadLetterId.optional(),
  /** Empty once the message is no longer on a queue, or while another receiver hides it: see `isHidden`. */
  records: z.array(DeadLetterRecord),
  /** How many records it has beyond those. */
  recordsRemaining: z.int().nonnegative(),
  /** Whether its message waits, but could not be read now. */
  isHidden: z.boolean(),
  /** Whether the stream has trimmed some, of which a replay takes what the table has. */
  isTrimmed: z.boolean(),
});
export type DeadLetterView = z.infer<typeof DeadLetterView>;

/** Which dead letters an action takes: those ids, or those that match. */
const selection = {
  ids: z.array(DeadLetterId).min(1).max(PAGE_LIMIT_MAX).optional(),
  filter: DeadLetterFilter.optional(),
  /** The time when the operator began: those that failed since are left out, so that a repeated request ends. */
  startedAt: Instant,
};
const hasOneSelection = ({ ids, filter }: { ids?: unknown; filter?: unknown }) =>
  (ids === undefined) !== (filter === undefined);
const ONE_SELECTION = 'must have either ids or a filter';

/** The most dead letters that a dry run of the API looks at, the latest: it reads an item for each, within the time of a request. */
export const PREDICTED_MAX = 500;

/** The most records a second that an operator may replay from the API. */
export const REPLAY_RATE_MAX = 100;

/**
 * `POST /ops/dead-letters/replay`. One request replays for some seconds; repeat it with the same body until `remaining` is 0, and stop
 * to cancel. A batch with more records than fit into a request goes on in the next one; those of its records that fail are dead letters of
 * their own.
 */
export const ReplayDeadLetters = z
  .object({
    ...selection,
    dryRun: z.boolean().default(false),
    rate: z.int().min(1).max(REPLAY_RATE_MAX).default(20),
  })
  .refine(hasOneSelection, ONE_SELECTION);
export type ReplayDeadLetters = z.infer<typeof ReplayDeadLetters>;
export type DeadLetterSelection = Pick<ReplayDeadLetters, 'ids' | 'filter' | 'startedAt'>;

const CauseCounts = z.array(
  z.object({ causeId: CauseId, reason: z.string(), issue: FieldIssue.optional(), count: z.int() }),
);

export type CauseCounts = z.infer<typeof CauseCounts>;

/** What one request of a replay did, or what a dry run predicts from what the table holds now. */
export const ReplayStep = z.object({
  /** By outcome, in this request. Of a dry run: what is to be expected of the first {@link PREDICTED_MAX}. */
  outcomes: z.object({ replayed: z.int(), itemDeleted: z.int(), failed: z.int(), skipped: z.int() }),
  /** Why some failed again; those of {@link failedRecords} count by the first of their batch. */
  failures: CauseCounts,
  /** How many that match are still to be replayed. */
  remaining: z.int(),
  /**
   * How many records it replayed, those included that failed and those of a batch that it did not finish. Of a dry run: how many there
   * are in those that match, as far as they are known.
   */
  records: z.int(),
  /** How many records failed in batches that it did not finish: each is a dead letter of its own. */
  failedRecords: z.int(),
  /** A sink or a service failed, so that the others would fail too: the code. */
  stoppedBy: z.string().optional(),
});
export type ReplayStep = z.infer<typeof ReplayStep>;

/**
 * `POST /ops/dead-letters/purge`. `confirm` is the number that the operator was shown and typed; 409 where it is another, where more
 * are left in a later request of the same purge, or where 10,000 or more match: narrow the filter.
 */
export const PurgeDeadLetters = z
  .object({ ...selection, confirm: z.int().positive() })
  .refine(hasOneSelection, ONE_SELECTION);
export type PurgeDeadLetters = z.infer<typeof PurgeDeadLetters>;

/** What one request of a purge did; repeat it with `confirm: remaining` until that is 0. */
export const PurgeStep = z.object({ purged: z.int(), remaining: z.int() });
export type PurgeStep = z.infer<typeof PurgeStep>;

/** A value that a fix may set; `null` removes the attribute. A larger number would lose digits. */
export const FixValue = z.union([
  lineOrNone(4_096),
  z.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER),
  z.boolean(),
  z.null(),
]);

/**
 * `POST /ops/dead-letters/{id}/fix`: sets fields of the item in the table by their paths (`total`, `lines.0.amount`), derives its keys,
 * raises its version, then replays the dead letter and its twin.
 */
export const FixDeadLetter = z.object({
  set: z
    .record(line(200), FixValue)
    .refine((set) => Object.keys(set).length > 0, 'must set a field')
    .meta({ minProperties: 1 }),
  dryRun: z.boolean().default(false),
});
export type FixDeadLetter = z.infer<typeof FixDeadLetter>;

/** One field before and after a fix, as JSON. */
export const FieldChange = z.object({
  path: z.string(),
  before: z.string().optional(),
  after: z.string().optional(),
});
export type FieldChange = z.infer<typeof FieldChange>;

/** What a fix does, or of a dry run would do. With issues it changes nothing. */
export const FixResult = z.object({
  isApplied: z.boolean(),
  /** What still violates the contract. */
  issues: z.array(FieldIssue),
  changes: z.array(FieldChange),
  /** The dead letter and its twin after the replay. */
  replays: z.array(
    z.object({ id: DeadLetterId, consumer: ConsumerName, outcome: z.string(), code: z.string().optional() }),
  ),
});
export type FixResult = z.infer<typeof FixResult>;

/** The path of a dead letter. */
export const DeadLetterPath = z.object({ id: DeadLetterId });

const EXAMPLE_START = '2026-03-01T12:00:00.000Z';
const EXAMPLE_CAUSE = { filter: { cause: '3f0c9a1be274' }, startedAt: EXAMPLE_START };

export const deadLetterOperations = [
  {
    id: 'listDeadLetters',
    method: 'GET',
    path: '/ops/dead-letters',
    summary: 'Lists the dead letters that wait or are parked, or those that have ended, the latest first',
    access: 'scoped',
    scopes: ['ops:read'],
    parameters: { query: ListDeadLettersQuery },
    success: { status: 200, description: 'The dead letters', body: DeadLetterPage },
  },
  {
    id: 'listDeadLetterCauses',
    method: 'GET',
    path: '/ops/dead-letters/causes',
    summary: 'Counts the dead letters that wait or are parked by cause',
    access: 'scoped',
    scopes: ['ops:read'],
    parameters: { query: DeadLetterFilter },
    success: { status: 200, description: 'The causes, the most frequent first', body: DeadLetterCauses },
  },
  {
    id: 'replayDeadLetters',
    method: 'POST',
    path: '/ops/dead-letters/replay',
    summary: 'Replays dead letters for some seconds, or predicts it; repeat the request until remaining is 0',
    access: 'scoped',
    scopes: ['ops:write'],
    body: ReplayDeadLetters,
    example: { ...EXAMPLE_CAUSE, rate: 20 },
    success: { status: 200, description: 'What the request did', body: ReplayStep },
  },
  {
    id: 'purgeDeadLetters',
    method: 'POST',
    path: '/ops/dead-letters/purge',
    summary: 'Deletes dead letters whose number the operator has confirmed',
    access: 'scoped',
    scopes: ['ops:write'],
    body: PurgeDeadLetters,
    example: { ...EXAMPLE_CAUSE, confirm: 12 },
    success: { status: 200, description: 'What the request did', body: PurgeStep },
    refusals: [409],
  },
  {
    id: 'getDeadLetter',
    method: 'GET',
    path: '/ops/dead-letters/{id}',
    summary: 'Shows a dead letter, its attempts, its records and what the table holds now',
    access: 'scoped',
    scopes: ['ops:read'],
    parameters: { path: DeadLetterPath },
    success: { status: 200, description: 'The dead letter', body: DeadLetterView },
    refusals: [404],
  },
  {
    id: 'fixDeadLetter',
    method: 'POST',
    path: '/ops/dead-letters/{id}/fix',
    summary: 'Fixes the item of a dead letter, then replays the dead letter and its twin',
    access: 'scoped',
    scopes: ['ops:write'],
    parameters: { path: DeadLetterPath },
    body: FixDeadLetter,
    example: { set: { total: 2_500 }, dryRun: true },
    success: { status: 200, description: 'What the fix did, or would do', body: FixResult },
    refusals: [404, 409],
  },
] as const satisfies readonly Operation[];
