import type { SQSRecord } from 'aws-lambda';
import { PAYLOAD_BYTES_MAX } from '../lambda/invocation-result.ts';

const ENVELOPE_BYTES = Buffer.byteLength(JSON.stringify({ Records: [] }));

/**
 * Splits records, in order, so that each event stays within Lambda's 6 MB: ten messages of a queue may hold more. One that
 * is too large alone stays alone.
 */
export function withinPayload(
  records: readonly SQSRecord[],
  bytesMax: number = PAYLOAD_BYTES_MAX,
): readonly (readonly SQSRecord[])[] {
  const events: SQSRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const recordBytes = Buffer.byteLength(JSON.stringify(record)) + 1;
    const last = events.at(-1);
    if (last === undefined || bytes + recordBytes > bytesMax) {
      events.push([record]);
      bytes = ENVELOPE_BYTES + recordBytes;
    } else {
      last.push(record);
      bytes += recordBytes;
    }
  }
  return events;
}
