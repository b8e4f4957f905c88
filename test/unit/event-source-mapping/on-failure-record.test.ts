import { describe, expect, it } from 'vitest';
import { LambdaOnFailure } from '../../../contracts/dead-letters/lambda-on-failure.ts';
import {
  type GivenUpBatch,
  onFailureRecord,
  withPayload,
} from '../../../infra/local/event-source-mapping/on-failure.ts';
import {
  aMapping,
  functionError,
  success,
  waitingRecords,
} from '../../builders/stream/event-source-mapping.ts';
import { sequenceNumber } from '../../builders/stream/fake-stream.ts';

const [first, ...others] = waitingRecords(3, { arrivedAtMs: Date.UTC(2019, 10, 14, 0, 13, 19) });
const given = (overrides: Partial<GivenUpBatch> = {}): GivenUpBatch => ({
  settings: aMapping(),
  shardId: 'shardId-1',
  records: [first ?? expect.fail(), ...others],
  condition: 'RetryAttemptsExhausted',
  invocations: 4,
  lastResult: functionError(),
  now: new Date('2019-11-14T00:13:49.717Z'),
  newId: () => 'an-id',
  ...overrides,
});

describe('the on-failure record', () => {
  it('is Lambda’s own JSON', () => {
    expect(onFailureRecord(given()).pointers).toEqual({
      requestContext: {
        requestId: 'an-id',
        functionArn: aMapping().functionArn,
        condition: 'RetryAttemptsExhausted',
        approximateInvokeCount: 4,
      },
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      version: '1.0',
      timestamp: '2019-11-14T00:13:49.717Z',
      DDBStreamBatchInfo: {
        shardId: 'shardId-1',
        startSequenceNumber: sequenceNumber(1),
        endSequenceNumber: sequenceNumber(3),
        approximateArrivalOfFirstRecord: '2019-11-14T00:13:19Z',
        approximateArrivalOfLastRecord: '2019-11-14T00:13:19Z',
        batchSize: 3,
        streamArn: aMapping().streamArn,
      },
    });
  });

  it('names no function error where the function responded with failures', () => {
    expect(
      onFailureRecord(given({ lastResult: success() })).pointers.responseContext?.functionError,
    ).toBeNull();
  });

  it('has no response where the function was never reached', () => {
    expect(onFailureRecord(given({ lastResult: undefined })).pointers).not.toHaveProperty('responseContext');
  });

  it('has the object key that Lambda gives', () => {
    expect(onFailureRecord(given()).objectKey).toBe(
      `aws/lambda/${aMapping().id}/shardId-1/2019/11/14/2019-11-14T00.13.49-an-id`,
    );
  });

  it('keeps the contract, with the complete event as a payload', () => {
    const failure = onFailureRecord(given());
    const { payload } = LambdaOnFailure.parse(withPayload(failure));
    expect(JSON.parse(String(payload))).toEqual(failure.event);
  });
});
