import type {
  CauseCounts,
  CauseId,
  DeadLetterCause,
  DeadLetterCauses,
  DeadLetterFilter,
} from '../../../contracts/api/dead-letters.ts';
import type { FieldIssue } from '../../../contracts/reading.ts';
import { ofAnyOrder } from '../../operations/dead-letter-entry.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import { fieldName, type OpenDeadLetter, openDeadLetters, summaryOf } from './dead-letter-selection.ts';

/** The dead letters that match, by cause. @throws the SDK's own errors. */
export async function deadLetterCauses(
  store: Pick<DeadLetterStore, 'openPage'>,
  filter: DeadLetterFilter,
): Promise<DeadLetterCauses> {
  const { items, isCutShort } = await openDeadLetters(store, filter);
  return { causes: causesOf(items), total: items.length, isCutShort };
}

/** Groups dead letters by cause, the most frequent first. The example is the first of each. */
export function causesOf(items: readonly OpenDeadLetter[]): DeadLetterCause[] {
  return [...Map.groupBy(items, ({ causeId }) => causeId).values()]
    .toSorted((one, other) => other.length - one.length)
    .flatMap((group) => {
      const [example] = group;
      if (example === undefined) return [];
      const times = group.map(({ failedAt }) => failedAt).toSorted();
      const countOf = (matches: (item: OpenDeadLetter) => boolean) => group.filter(matches).length;
      return {
        causeId: example.causeId,
        reason: example.reason.code,
        entity: example.entity,
        issue: issueOf(example.reason.issues),
        counts: {
          'order-events': countOf(
            ({ state, consumer }) => state === 'waiting' && consumer === 'order-events',
          ),
          'search-index': countOf(
            ({ state, consumer }) => state === 'waiting' && consumer === 'search-index',
          ),
          parked: countOf(({ state }) => state === 'parked'),
        },
        firstFailedAt: times[0] ?? example.failedAt,
        lastFailedAt: times.at(-1) ?? example.failedAt,
        example: summaryOf(example),
      };
    });
}

/** The first field to blame, as all dead letters of a cause have it, and without its value. */
export const issueOf = ([issue]: readonly FieldIssue[]): FieldIssue | undefined =>
  issue && { path: ofAnyOrder(issue.path), message: issue.message };

/** One failure by its cause. */
export interface CausedFailure {
  readonly causeId: CauseId;
  readonly reason: string;
  readonly issue: FieldIssue | undefined;
}

/** Counts failures by cause, the most frequent first. */
export const causeCounts = (failures: readonly CausedFailure[]): CauseCounts =>
  [...Map.groupBy(failures, ({ causeId }) => causeId).values()]
    .flatMap((group) => (group[0] === undefined ? [] : { ...group[0], count: group.length }))
    .toSorted((one, other) => other.count - one.count);

/** What failed again, for a person: `total 12, status 6`. */
export const failureText = (failures: CauseCounts): string =>
  failures
    .map(({ reason, issue, count }) => `${issue === undefined ? reason : fieldName(issue.path)} ${count}`)
    .join(', ');
