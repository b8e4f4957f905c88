import { compareSequenceNumbers } from '../../../pipelines/core/sequence-number.ts';
import { reportedFailures } from './reported-failures.ts';

/** What an answer says of the batch it was given. */
export type BatchVerdict =
  | { readonly kind: 'success' }
  /** The record at `index` is the first that failed: those before it are done, it and those after it are not. */
  | { readonly kind: 'failed-from'; readonly index: number }
  /** All of the batch failed. */
  | { readonly kind: 'failed' };

/**
 * Reads a function's answer for a stream, see {@link reportedFailures}: of what it reports, the lowest sequence number is
 * the checkpoint.
 */
export function readBatchResponse(answer: unknown, sequenceNumbers: readonly string[]): BatchVerdict {
  const failures = reportedFailures(answer, sequenceNumbers);
  if (failures === 'all') return { kind: 'failed' };
  const lowest = failures.toSorted(compareSequenceNumbers)[0];
  return lowest === undefined
    ? { kind: 'success' }
    : { kind: 'failed-from', index: sequenceNumbers.indexOf(lowest) };
}
