import { describe, expect, it } from 'vitest';
import {
  MalformedStreamRecordError,
  toWaitingRecord,
} from '../../../infra/local/event-source-mapping/waiting-record.ts';

const MINUTE_S = 29_000_000 * 60;
const recordAt = (createdAtSeconds?: number) => ({
  dynamodb: {
    Keys: { pk: { S: 'a' }, sk: { S: 'b' } },
    SequenceNumber: '7',
    ...(createdAtSeconds === undefined ? {} : { ApproximateCreationDateTime: createdAtSeconds }),
  },
});
const arrivedAtS = (createdAtSeconds: number | undefined, nowSeconds: number): number =>
  toWaitingRecord(recordAt(createdAtSeconds), 'pk', nowSeconds * 1_000).arrivedAtMs / 1_000;

describe('a record that waits', () => {
  it('is known by the full key of its item', () => {
    expect(toWaitingRecord(recordAt(), 'pk', 0)).toMatchObject({
      sequenceNumber: '7',
      itemKey: '[["pk",{"S":"a"}],["sk",{"S":"b"}]]',
    });
  });

  it('is known by the same key in whatever order its attributes come', () => {
    const Keys = { sk: { S: 'b' }, pk: { S: 'a' } };
    const record = { dynamodb: { Keys, SequenceNumber: '7' } };
    expect(toWaitingRecord(record, 'pk', 0).itemKey).toBe('[["pk",{"S":"a"}],["sk",{"S":"b"}]]');
  });

  it('takes as many bytes as its JSON, not as many characters', () => {
    const record = { dynamodb: { Keys: { pk: { S: 'é' } }, SequenceNumber: '7' } };
    expect(toWaitingRecord(record, 'pk', 0).sizeBytes).toBe(JSON.stringify(record).length + 1);
  });

  it('arrived when DynamoDB says', () => {
    expect(arrivedAtS(MINUTE_S + 1, MINUTE_S + 100)).toBe(MINUTE_S + 1);
  });

  it('arrived when it was read where no time is given', () => {
    expect(arrivedAtS(undefined, 5)).toBe(5);
  });

  it('arrived at the latest when it was read where the time is rounded down to the minute', () => {
    expect(arrivedAtS(MINUTE_S, MINUTE_S + 20)).toBe(MINUTE_S + 20);
  });

  it('arrived within the minute that its time is rounded down to', () => {
    expect(arrivedAtS(MINUTE_S, MINUTE_S + 500)).toBe(MINUTE_S + 60);
  });

  it('arrived no earlier than its time though this machine’s clock is late', () => {
    expect(arrivedAtS(MINUTE_S, MINUTE_S - 5)).toBe(MINUTE_S);
  });

  it('must have a sequence number and the hash key', () => {
    expect(() => toWaitingRecord(recordAt(), 'id', 0)).toThrow(MalformedStreamRecordError);
    const { SequenceNumber: _, ...dynamodb } = recordAt().dynamodb;
    expect(() => toWaitingRecord({ dynamodb }, 'pk', 0)).toThrow(MalformedStreamRecordError);
    expect(() => toWaitingRecord({}, 'pk', 0)).toThrow(MalformedStreamRecordError);
  });
});
