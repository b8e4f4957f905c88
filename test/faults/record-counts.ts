import * as z from 'zod';
import type { SystemLog } from '../../infra/local/system/system-log.ts';

const FAILED_BATCH = / The function failed (\{.*\})$/;
const FailedBatch = z.object({ records: z.number() });
const RecordMetrics = z.object({ RecordsRetried: z.number() });

/**
 * Counts in a system's log the records that come again: those that a consumer reported, by its metrics, and those of the
 * batches in which it was ended, by the mapping's log.
 */
export class RecordCounts {
  #retried = 0;

  get retried(): number {
    return this.#retried;
  }

  readonly log: SystemLog = (_source, line) => {
    const failed = FAILED_BATCH.exec(line)?.[1];
    if (failed !== undefined) this.#retried += FailedBatch.parse(JSON.parse(failed)).records;
    else if (line.startsWith('{') && line.includes('"RecordsRetried"'))
      this.#retried += RecordMetrics.parse(JSON.parse(line)).RecordsRetried;
  };
}
