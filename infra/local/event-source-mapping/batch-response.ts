import * as z from 'zod';
import { compareSequenceNumbers } from './sequence-number.ts';

/** What an answer says of the batch it was given. */
export type BatchVerdict =
  | { readonly kind: 'success' }
  /** The record at `index` is the first that failed: those before it are done, it and those after it are not. */
  | { readonly kind: 'failed-from'; readonly index: number }
  /** All of the batch failed. */
  | { readonly kind: 'failed' };

const SUCCESS: BatchVerdict = { kind: 'success' };
const FAILED: BatchVerdict = { kind: 'failed' };

const Answer = z.looseObject({ batchItemFailures: z.unknown().optional() });
const Failures = z.array(z.looseObject({ itemIdentifier: z.string().min(1) }));

/**
 * Reads a function's answer as Lambda does where `ReportBatchItemFailures` is on.
 *
 * Success: null, `{}`, no `batchItemFailures` (misspelled counts as none), a null or an empty one. Failure of the whole
 * batch: an `itemIdentifier` that is empty, null, under another name or not of this batch. Otherwise the lowest
 * sequence number is the checkpoint. Also observed on AWS, though not documented: an empty list as the answer is a success.
 * Not documented, and read by the rule that "all other results" are a complete failure: an answer that is a string, a
 * number, a boolean or a list with something in it, and `batchItemFailures` that is no list; an empty string is an empty
 * answer and a success.
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html.
 */
export function readBatchResponse(answer: unknown, sequenceNumbers: readonly string[]): BatchVerdict {
  if (isEmptyAnswer(answer)) return SUCCESS;
  const parsed = Answer.safeParse(answer);
  if (!parsed.success) return FAILED;
  const { batchItemFailures } = parsed.data;
  if (batchItemFailures === undefined || batchItemFailures === null) return SUCCESS;
  const failures = Failures.safeParse(batchItemFailures);
  if (!failures.success) return FAILED;
  const identifiers = failures.data.map(({ itemIdentifier }) => itemIdentifier);
  const known = new Set(sequenceNumbers);
  if (!identifiers.every((identifier) => known.has(identifier))) return FAILED;
  const lowest = identifiers.toSorted(compareSequenceNumbers)[0];
  return lowest === undefined ? SUCCESS : { kind: 'failed-from', index: sequenceNumbers.indexOf(lowest) };
}

const isEmptyAnswer = (answer: unknown): boolean =>
  answer === undefined || answer === null || answer === '' || (Array.isArray(answer) && answer.length === 0);
