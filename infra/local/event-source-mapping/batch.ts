import type { WaitingRecord } from './waiting-record.ts';

/** The most that Lambda takes in one synchronous invocation. See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;

const ENVELOPE_BYTES = Buffer.byteLength('{"Records":[]}');
const SEPARATOR_BYTES = 1;

/** Whether more waiting could make a batch fuller, or it is as full as it gets. */
export interface BatchCut {
  readonly length: number;
  readonly isFull: boolean;
}

/**
 * How many of the waiting records, from the first, make up the next batch: at most `recordsMax`, and no more than fit
 * into the payload; a single record always goes, however large.
 */
export function cutBatch(
  waiting: readonly WaitingRecord[],
  recordsMax: number,
  payloadBytesMax = PAYLOAD_BYTES_MAX,
): BatchCut {
  let bytes = ENVELOPE_BYTES;
  let length = 0;
  for (const { sizeBytes } of waiting) {
    if (length >= recordsMax) return { length, isFull: true };
    bytes += sizeBytes + SEPARATOR_BYTES;
    if (length > 0 && bytes > payloadBytesMax) return { length, isFull: true };
    length += 1;
  }
  return { length, isFull: length >= recordsMax };
}
