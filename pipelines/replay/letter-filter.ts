import type { LetterSummary } from './letter-summary.ts';

/** Which letters are meant; whatever is left out lets all pass. */
export interface LetterFilter {
  readonly messageId?: string | undefined;
  /** The code of the consumer's reason, or Lambda's condition. */
  readonly reason?: string | undefined;
  /** The type of an item that one of its records is of. Pointers tell no types, so they never pass it. */
  readonly entity?: string | undefined;
  /** First seen at this instant or later. */
  readonly since?: Date | undefined;
}

/** Whether a letter is meant. */
export function passesFilter(summary: LetterSummary, filter: LetterFilter): boolean {
  return (
    (filter.messageId === undefined || summary.messageId === filter.messageId) &&
    (filter.reason === undefined || summary.reason === filter.reason) &&
    (filter.entity === undefined || summary.entities.includes(filter.entity)) &&
    (filter.since === undefined || new Date(summary.firstSeenAt) >= filter.since)
  );
}
