import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { compareSequenceNumbers } from '../../../pipelines/stream/lambda-record.ts';

const Answer = z.looseObject({ batchItemFailures: z.unknown().optional() });
const Failures = z.array(z.looseObject({ itemIdentifier: z.string().min(1) }));
const NONE: readonly string[] = [];

/**
 * The identifiers that a function's answer reports as failed, read as Lambda does where `ReportBatchItemFailures` is on;
 * `all` where the whole batch failed.
 *
 * None: null, `{}`, no `batchItemFailures` (misspelled counts as none), a null or an empty one. All: an
 * `itemIdentifier` that is empty, null, under another name or not of this batch. Also observed on AWS, though not
 * documented: an empty list as the answer reports none. Not documented, and read by the rule that "all other results" are
 * a complete failure: an answer that is a string, a number, a boolean or a list with something in it, and
 * `batchItemFailures` that is no list; an empty string is an empty answer and reports none.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html and, for queues,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
 */
export function reportedFailures(answer: unknown, batch: readonly string[]): readonly string[] | 'all' {
  if (isEmptyAnswer(answer)) return NONE;
  const parsed = read(Answer, answer);
  if (!parsed.success) return 'all';
  const { batchItemFailures } = parsed.data;
  if (batchItemFailures === undefined || batchItemFailures === null) return NONE;
  const failures = read(Failures, batchItemFailures);
  if (!failures.success) return 'all';
  const identifiers = failures.data.map(({ itemIdentifier }) => itemIdentifier);
  const known = new Set(batch);
  return identifiers.every((identifier) => known.has(identifier)) ? identifiers : 'all';
}

const isEmptyAnswer = (answer: unknown): boolean =>
  answer === undefined || answer === null || answer === '' || (Array.isArray(answer) && answer.length === 0);

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
