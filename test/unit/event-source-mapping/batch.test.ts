import { describe, expect, it } from 'vitest';
import { cutBatch, PAYLOAD_BYTES_MAX } from '../../../infra/local/event-source-mapping/lane.ts';
import { waitingRecords } from '../../builders/stream/event-source-mapping.ts';

describe('the next batch', () => {
  it('takes all that waits while it is not full', () => {
    expect(cutBatch(waitingRecords(3), 5)).toEqual({ length: 3, isFull: false });
  });

  it('is full at the batch size', () => {
    expect(cutBatch(waitingRecords(5), 5)).toEqual({ length: 5, isFull: true });
  });

  it('leaves what is above the batch size', () => {
    expect(cutBatch(waitingRecords(7), 5)).toEqual({ length: 5, isFull: true });
  });

  it('is full when the next record would not fit into 6 MB', () => {
    const records = waitingRecords(7, { sizeBytes: 1024 * 1024 });
    expect(cutBatch(records, 100)).toEqual({ length: 5, isFull: true });
  });

  it('holds a single record however large it is', () => {
    expect(cutBatch(waitingRecords(2, { sizeBytes: PAYLOAD_BYTES_MAX + 1 }), 100)).toEqual({
      length: 1,
      isFull: true,
    });
  });

  it('counts the JSON around the records', () => {
    const [record] = waitingRecords(1);
    const event = JSON.stringify({ Records: [record?.record, record?.record] });
    const sizeBytes = JSON.stringify(record?.record).length;
    expect(cutBatch(waitingRecords(2, { sizeBytes }), 100, event.length).length).toBe(1);
    expect(cutBatch(waitingRecords(2, { sizeBytes }), 100, event.length + 1).length).toBe(2);
  });
});
