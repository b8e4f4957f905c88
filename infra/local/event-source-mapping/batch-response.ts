import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { compareSequenceNumbers } from '../../../pipelines/stream/lambda-record.ts';

const BatchResponse = z.looseObject({ batchItemFailures: z.unknown().optional() });
const Failures = z.array(z.looseObject({ itemIdentifier: z.string().min(1) }));
const NONE: readonly string[] = [];

/**
 * The identifiers that a function's response reports as failed, read as Lambda does with `ReportBatchItemFailures`; `all` if the
 * complete batch failed.
 *
 * No failure: null, `{}`, no `batchItemFailures` (a misspelled name counts as none), or a null or empty one. A complete failure: an
 * `itemIdentifier` that is empty, null, under another name or not of this batch. Not documented, but observed on AWS: an empty list
 * as the response reports no failure. Not documented, and read by the rule that "all other results" are a complete failure: a
 * response that is a string, a number, a boolean or a list with entries, and `batchItemFailures` that is not a list. An empty string
 * is an empty response and reports no failure.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html and, for queues,
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html.
 */
export function reportedFailures(response: unknown, batch: readonly string[]): readonly string[] | 'all' {
  if (isEmptyResponse(response)) return NONE;
  const parsed = read(BatchResponse, response);
  if (!parsed.success) return 'all';
  const { batchItemFailures } = parsed.data;
  if (batchItemFailures === undefined || batchItemFailures === null) return NONE;
  const failures = read(Failures, batchItemFailures);
  if (!failures.success) return 'all';
  const identifiers = failures.data.map(({ itemIdentifier }) => itemIdentifier);
  const known = new Set(batch);
  return identifiers.every((identifier) => known.has(identifier)) ? identifiers : 'all';
}

const isEmptyResponse = (response: unknown): boolean =>
  response === undefined ||
  response === null ||
  response === '' ||
  (Array.isArray(response) && response.length === 0);

/** What a response reports of its batch. */
export type BatchVerdict =
  | { readonly kind: 'success' }
  /** The record at `index` is the first that failed: the records before it are handled, it and those after it are not. */
  | { readonly kind: 'failed-from'; readonly index: number }
  /** The complete batch failed. */
  | { readonly kind: 'failed' };

/**
 * Reads a function's response for a stream, see {@link reportedFailures}. The lowest of the reported sequence numbers is the
 * checkpoint.
 */
export function readBatchResponse(response: unknown, sequenceNumbers: readonly string[]): BatchVerdict {
  const failures = reportedFailures(response, sequenceNumbers);
  if (failures === 'all') return { kind: 'failed' };
  const lowest = failures.toSorted(compareSequenceNumbers)[0];
  return lowest === undefined
    ? { kind: 'success' }
    : { kind: 'failed-from', index: sequenceNumbers.indexOf(lowest) };
}
