import type { SQSEvent, SQSRecord } from 'aws-lambda';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSqsRecord, withinPayload } from '../../../infra/local/queue-mapping/sqs-record.ts';

const BYTES_MAX = 1_000;
const recordOf = (body: string): SQSRecord => toSqsRecord({ Body: body }, 'arn:aws:sqs:r:1:q');
const bytesOf = (Records: readonly SQSRecord[]): number =>
  Buffer.byteLength(JSON.stringify({ Records: [...Records] } satisfies SQSEvent));

describe('the events that a batch is split into', () => {
  it('hold all records in order, and each is small enough unless it holds one record', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(BYTES_MAX), { maxLength: 10 }), (lengths) => {
        const records = lengths.map((length) => recordOf('ü'.repeat(length)));
        const events = withinPayload(records, BYTES_MAX);
        expect(events.flat()).toEqual(records);
        expect(events.filter((event) => event.length > 1 && bytesOf(event) > BYTES_MAX)).toEqual([]);
      }),
    );
  });

  it('are one where all fits', () => {
    expect(withinPayload([recordOf('a'), recordOf('b')])).toHaveLength(1);
  });
});
