import type { BatchVerdict } from './batch-response.ts';
import type { EventSourceMappingSettings } from './settings.ts';
import type { WaitingRecord } from './waiting-record.ts';

/** Records that are sent together, and how often their batch was sent before. */
export interface Attempt {
  readonly records: readonly WaitingRecord[];
  /** Retries so far, compared with MaximumRetryAttempts. */
  readonly retries: number;
  /** Invocations with these records, including first attempts and bisected batches. */
  readonly invocations: number;
}

/** What happens to the records of an attempt. The three parts are in the stream's order and contain every record. */
export interface Redelivery {
  readonly handled: readonly WaitingRecord[];
  /** Goes to the on-failure destination, because the retries are exhausted. */
  readonly exhausted: readonly WaitingRecord[];
  /** Sent again, the first one first. */
  readonly again: readonly Attempt[];
}

type RetrySettings = Pick<EventSourceMappingSettings, 'maximumRetryAttempts' | 'bisectBatchOnFunctionError'>;

const NO_BOUND = -1;

/**
 * Decides what happens after an invocation, as Lambda does.
 *
 * - The rest of a batch keeps its count of retries when an earlier part succeeds. Otherwise a record that always fails would never be
 *   given up. (Whether Lambda resets the count is not documented.)
 * - With BisectBatchOnFunctionError, a failed batch of several records is split in two. This does not count as a retry. Both halves
 *   keep the count, and the first half is sent first, which keeps the order of the shard. A malformed partial response counts as a
 *   failed batch here too. (Order and malformed responses are not documented.)
 * - With both bisect and a partial response, the batch is cut at the returned sequence number and only the rest is sent again. This
 *   does not count as a retry, unless the first record failed and nothing was cut off.
 * - When the retries are exhausted, all remaining records of the batch are given up, including valid ones.
 *
 * See https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html.
 */
export function redeliver(attempt: Attempt, verdict: BatchVerdict, settings: RetrySettings): Redelivery {
  const { records } = attempt;
  switch (verdict.kind) {
    case 'success':
      return { handled: records, exhausted: [], again: [] };
    case 'failed':
      return settings.bisectBatchOnFunctionError && records.length > 1
        ? { handled: [], exhausted: [], again: bisect(attempt) }
        : { handled: [], ...retry(attempt, settings) };
    case 'failed-from': {
      const handled = records.slice(0, verdict.index);
      const rest = { ...attempt, records: records.slice(verdict.index) };
      const isCut = settings.bisectBatchOnFunctionError && handled.length > 0;
      return { handled, ...(isCut ? { exhausted: [], again: [rest] } : retry(rest, settings)) };
    }
  }
}

function bisect(attempt: Attempt): readonly Attempt[] {
  const middle = Math.ceil(attempt.records.length / 2);
  return [
    { ...attempt, records: attempt.records.slice(0, middle) },
    { ...attempt, records: attempt.records.slice(middle) },
  ];
}

function retry(attempt: Attempt, settings: RetrySettings): Pick<Redelivery, 'exhausted' | 'again'> {
  const { maximumRetryAttempts } = settings;
  const isExhausted = maximumRetryAttempts !== NO_BOUND && attempt.retries >= maximumRetryAttempts;
  return isExhausted
    ? { exhausted: attempt.records, again: [] }
    : { exhausted: [], again: [{ ...attempt, retries: attempt.retries + 1 }] };
}
