import { describe, expect, it } from 'vitest';
import { onFailureRecord, sendOnFailure } from '../../../infra/local/event-source-mapping/on-failure.ts';
import { aDelivery } from '../../builders/stream/batch-delivery.ts';
import { aMapping, functionError, waitingRecords } from '../../builders/stream/event-source-mapping.ts';
import { sequenceNumber } from '../../builders/stream/fake-stream.ts';

const [first] = waitingRecords(1);
const FAILURE = onFailureRecord({
  settings: aMapping(),
  shardId: 'shard',
  records: [first ?? expect.fail()],
  condition: 'RetryAttemptsExhausted',
  invocations: 1,
  lastResult: functionError(),
  now: new Date(0),
  newId: () => 'an-id',
});
const REFUSED = new Error('refused');

const refusing = (refusals: number) => {
  let sent = 0;
  return async () => {
    sent += 1;
    if (sent <= refusals) throw REFUSED;
  };
};

describe('a batch that is given up', () => {
  it('is sent until the destination takes it, with waits that double up to the greatest', async () => {
    const { deps, clock } = aDelivery({}, undefined, { onFailure: refusing(9) });
    await sendOnFailure(FAILURE, deps, new AbortController().signal);
    expect(clock.sleptMs).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('is no longer sent once the signal is aborted', async () => {
    const stopping = new AbortController();
    const onFailure = async () => {
      stopping.abort(new Error('stopped'));
      throw REFUSED;
    };
    const { deps } = aDelivery({}, undefined, { onFailure });
    await expect(sendOnFailure(FAILURE, deps, stopping.signal)).rejects.toThrow('stopped');
  });

  it('is logged: why, where it is, and each refusal', async () => {
    const { deps, log } = aDelivery({}, undefined, { onFailure: refusing(1) });
    await sendOnFailure(FAILURE, deps, new AbortController().signal);
    expect(log.attributes).toEqual([
      expect.objectContaining({
        condition: 'RetryAttemptsExhausted',
        shardId: 'shard',
        startSequenceNumber: sequenceNumber(1),
        batchSize: 1,
      }),
      { shardId: 'shard', error: REFUSED },
    ]);
  });
});
