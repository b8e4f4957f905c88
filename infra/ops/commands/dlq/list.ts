import * as z from 'zod';
import type { DeadLetterListFilter, DeadLetterSummary } from '../../../../contracts/api/dead-letters.ts';
import { allQueues } from '../../../../pipelines/dead-letters/actions/selected-queues.ts';
import { deadLetterCauses } from '../../../../pipelines/dead-letters/list/dead-letter-causes.ts';
import { matchingPage, unmatchedBy } from '../../../../pipelines/dead-letters/list/dead-letter-page.ts';
import { summaryOf } from '../../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import { registerDeadLetters } from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { IndexPosition } from '../../../../pipelines/operations/dead-letter-store.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import { deadLetterDeps, filterOf, filterOptions, issueText, unmatchedText } from './selection.ts';

export const ListOptions = z.object({
  ...filterOptions,
  ended: z.boolean(),
  limit: z.int(),
  readQueues: z.boolean(),
});

const HEADS = [
  'dead letter',
  'consumer',
  'state',
  'reason',
  'entity',
  'item',
  'field',
  'value',
  'attempts',
  'failed',
];

const ENDED_HEADS = [
  'dead letter',
  'consumer',
  'outcome',
  'by',
  'ended',
  'reason',
  'entity',
  'item',
  'field',
];

const MESSAGES_MAX = 10_000;

/** `dlq list`: from the store alone, so that it hides no message from anyone, unless it is to read the queues first. */
export async function list(context: CommandContext, options: z.infer<typeof ListOptions>): Promise<ExitCode> {
  const { target, out, signal } = context;
  const { limit, readQueues, ended, ...filters } = options;
  const deps = deadLetterDeps(target);
  const { store } = deps;
  const isUnread = readQueues && !(await isAllRegistered(deps, signal));
  const filter: DeadLetterListFilter = { ...filterOf(filters), ...(ended && { state: 'ended' }) };
  const deadLetters: DeadLetterSummary[] = [];
  let startAfter: IndexPosition | undefined;
  do {
    signal.throwIfAborted();
    const page = await matchingPage(store, filter, limit - deadLetters.length, startAfter);
    deadLetters.push(...page.items.map(summaryOf));
    startAfter = page.next;
  } while (startAfter !== undefined && deadLetters.length < limit);
  const unmatched = deadLetters.length === 0 ? await unmatchedBy(store, filter) : undefined;
  const isCutShort = startAfter !== undefined;
  const [heads, row] = ended ? [ENDED_HEADS, endedRowOf] : [HEADS, rowOf];
  out.table(heads, deadLetters.map(row), { deadLetters, isCutShort: isCutShort || isUnread, unmatched });
  if (unmatched !== undefined) out.line(unmatchedText(unmatched));
  if (isCutShort) out.line(`There are more than ${limit}; --limit lists more of them.`);
  if (isUnread) out.line('It is not certain that every message of a queue was read.');
  return unmatched === undefined && !isUnread ? EXIT.ok : EXIT.differs;
}

/** Reads the queues, and makes the store know their dead letters. @returns whether it certainly read all of each. */
async function isAllRegistered(
  deps: ReturnType<typeof deadLetterDeps>,
  signal: AbortSignal,
): Promise<boolean> {
  let isAll = true;
  for (const queue of allQueues(deps)) {
    const { isCutShort } = await registerDeadLetters({ ...deps, queue, signal, messagesMax: MESSAGES_MAX });
    signal.throwIfAborted();
    isAll &&= !isCutShort;
  }
  return isAll;
}

const rowOf = ({
  id,
  consumer,
  state,
  reason,
  entity,
  key,
  issue,
  attempts,
  failedAt,
}: DeadLetterSummary) => [
  ...[id, consumer, state, reason, entity, key === undefined ? '' : `${key.pk} ${key.sk}`],
  ...[issueText(issue), issue?.value ?? '', attempts, failedAt],
];

const endedRowOf = ({ id, consumer, end, reason, entity, key, issue }: DeadLetterSummary) => [
  ...[id, consumer, end?.outcome ?? '', end?.by ?? '', end?.at ?? ''],
  ...[reason, entity, key === undefined ? '' : `${key.pk} ${key.sk}`, issueText(issue)],
];

export const CausesOptions = z.object(filterOptions);

const CAUSE_HEADS = [
  'cause',
  'reason',
  'entity',
  'field',
  'order-events',
  'search-index',
  'parked',
  'last failed',
];

/** `dlq causes` */
export async function causes(
  { target, out }: CommandContext,
  options: z.infer<typeof CausesOptions>,
): Promise<ExitCode> {
  const { store } = deadLetterDeps(target);
  const filter = filterOf(options);
  const found = await deadLetterCauses(store, filter);
  const unmatched = found.total === 0 ? await unmatchedBy(store, filter) : undefined;
  const rows = found.causes.map(({ causeId, reason, entity, issue, counts, lastFailedAt }) => [
    ...[causeId, reason, entity, issueText(issue)],
    ...[counts['order-events'], counts['search-index'], counts.parked, lastFailedAt],
  ]);
  out.table(CAUSE_HEADS, rows, { ...found, unmatched });
  if (unmatched !== undefined) out.line(unmatchedText(unmatched));
  if (found.isCutShort) out.line(`Only the latest ${found.total} dead letters were counted.`);
  return unmatched === undefined ? EXIT.ok : EXIT.differs;
}
