import * as z from 'zod';
import {
  CauseId,
  DeadLetterFilter,
  DeadLetterId,
  type DeadLetterSelection,
  type UnmatchedFilter,
} from '../../../../contracts/api/dead-letters.ts';
import { type FieldIssue, parse } from '../../../../contracts/reading.ts';
import { systemClock as clock, instantOf } from '../../../../pipelines/clock.ts';
import { operatorDeps } from '../../../../pipelines/dead-letters/actions/selected-queues.ts';
import { unmatchedBy } from '../../../../pipelines/dead-letters/list/dead-letter-page.ts';
import { fieldName } from '../../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import { changedWithin } from '../../../../pipelines/dead-letters/replay/changed-within.ts';
import { named, readAs } from '../../command-line/arguments.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import { type Output, visible } from '../../command-line/output.ts';
import { activityLogOf } from '../../command-line/recorded.ts';
import type { OpsTarget } from '../../target/ops-target.ts';

/** The options that filter dead letters, the same for each command. */
export const filterOptions = { ...DeadLetterFilter.shape, parked: z.boolean() };
const FilterOptions = z.object(filterOptions);
type FilterOptions = z.infer<typeof FilterOptions>;

/** The filter that options name. */
export const filterOf = ({ parked, state, ...options }: FilterOptions): DeadLetterFilter =>
  parse(DeadLetterFilter, { ...options, state: parked ? 'parked' : state });

/** The options that select dead letters for an action: one by its id, or those that match. */
export const selectionOptions = { ...filterOptions, args: z.array(z.string()).max(1) };
type SelectionOptions = FilterOptions & { readonly args: readonly (string | undefined)[] };

/** What an action takes: dead letters that failed before now. */
export function selectionOf({ args: [id], ...options }: SelectionOptions): DeadLetterSelection {
  return {
    ...(id !== undefined && { ids: [parse(DeadLetterId, id)] }),
    filter: filterOf(options),
    startedAt: instantOf(clock.now()),
  };
}

/** A dead letter's id. @throws InvalidArgumentError */
export const deadLetterId = readAs(
  DeadLetterId,
  "It must be a dead letter's id, as dlq list has it: 24 hexadecimal digits.",
);

/** A cause's id. @throws InvalidArgumentError */
export const causeId = readAs(
  CauseId,
  "It must be a cause's id, as dlq causes has it: 12 hexadecimal digits.",
);

/** A text of a filter that is not blank. @throws InvalidArgumentError */
export const filterText = (member: 'reason' | 'entity' | 'text') => (text: string) =>
  readAs(DeadLetterFilter.shape[member])(named(text));

/** What actions on the dead letters of a target work with. Records that the stream has trimmed are found in the table. */
export const deadLetterDeps = (target: OpsTarget) => {
  const context = {
    ...target,
    ...target.resources,
    clock,
    places: target.resources.consumers,
    parkedQueueUrl: target.resources.parkedDeadLettersUrl,
  };
  return {
    ...operatorDeps({
      ...context,
      whenTrimmed: (range, within) =>
        changedWithin(target.dynamoDb, target.resources.tableName, range, within),
    }),
    activity: activityLogOf(target),
  };
};

const VALUES_MAX = 10;

/** As text: `None of 20 match; reasons here: contract-violation (18), ...`. */
export const unmatchedText = ({ total, here }: UnmatchedFilter): string =>
  [`None of ${total} match`, ...here.map(({ what, values }) => `${what} here: ${listed(values)}`)].join('; ');

const listed = (values: UnmatchedFilter['here'][number]['values']): string => {
  const shown = values.slice(0, VALUES_MAX).map(({ value, count }) => `${value} (${count})`);
  return [...shown, ...(values.length > VALUES_MAX ? ['...'] : [])].join(', ') || 'none';
};

const OPEN_STATES: ReadonlySet<string | undefined> = new Set(['waiting', 'parked']);

/**
 * Reports that a selection has no dead letter.
 *
 * @returns {@link EXIT.ok} where there is none at all.
 */
export async function reportNone(
  out: Output,
  deps: ReturnType<typeof deadLetterDeps>,
  { ids, filter = {} }: DeadLetterSelection,
): Promise<ExitCode> {
  const [id] = ids ?? [];
  if (id !== undefined && !OPEN_STATES.has((await deps.store.get(id))?.state)) return noSuchDeadLetter(id);
  const unmatched = await unmatchedBy(deps.store, filter);
  out.table(['dead letters'], [], { selected: 0, unmatched });
  if (unmatched === undefined) return EXIT.ok;
  out.line(unmatchedText(unmatched));
  return EXIT.differs;
}

/** Reports on standard error that no dead letter with this id is on a queue. */
export function noSuchDeadLetter(id: string): ExitCode {
  console.error(
    `No dead letter ${visible(id)} waits or is parked. dlq show has what became of it for 14 days; dlq list has those that wait.`,
  );
  return EXIT.differs;
}

/** The field to blame and why: `total: expected number`. */
export const issueText = (issue: FieldIssue | undefined): string =>
  issue === undefined ? '' : `${fieldName(issue.path)}: ${issue.message}`;
