import { describe, expect, it } from 'vitest';
import { type Attempt, redeliver } from '../../../infra/local/event-source-mapping/redelivery.ts';
import { waitingRecords } from '../../builders/stream/event-source-mapping.ts';

const RECORDS = waitingRecords(5);
const attempt = (overrides: Partial<Attempt> = {}): Attempt => ({
  records: RECORDS,
  retries: 0,
  invocations: 1,
  ...overrides,
});
const plain = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: false };
const bisecting = { maximumRetryAttempts: 2, bisectBatchOnFunctionError: true };

describe('after a success', () => {
  it('every record is handled', () => {
    expect(redeliver(attempt(), { kind: 'success' }, plain)).toEqual({
      handled: RECORDS,
      exhausted: [],
      again: [],
    });
  });
});

describe('after a failure of the complete batch', () => {
  it('the batch is retried', () => {
    expect(redeliver(attempt(), { kind: 'failed' }, plain)).toEqual({
      handled: [],
      exhausted: [],
      again: [attempt({ retries: 1 })],
    });
  });

  it('the batch is given up when its retries are used up', () => {
    expect(redeliver(attempt({ retries: 2 }), { kind: 'failed' }, plain)).toEqual({
      handled: [],
      exhausted: RECORDS,
      again: [],
    });
  });

  it('the batch is given up at once when no retry is allowed', () => {
    expect(redeliver(attempt(), { kind: 'failed' }, { ...plain, maximumRetryAttempts: 0 }).exhausted).toEqual(
      RECORDS,
    );
  });

  it('the batch is retried without end when retries have no bound', () => {
    const { again } = redeliver(
      attempt({ retries: 9_999 }),
      { kind: 'failed' },
      { ...plain, maximumRetryAttempts: -1 },
    );
    expect(again).toEqual([attempt({ retries: 10_000 })]);
  });

  it('a bisecting mapping sends both halves, the first one first, and uses up no retry', () => {
    expect(redeliver(attempt({ retries: 2 }), { kind: 'failed' }, bisecting).again).toEqual([
      attempt({ records: RECORDS.slice(0, 3), retries: 2 }),
      attempt({ records: RECORDS.slice(3), retries: 2 }),
    ]);
  });

  it('a bisecting mapping retries, and gives up, a single record', () => {
    const single = RECORDS.slice(0, 1);
    expect(redeliver(attempt({ records: single }), { kind: 'failed' }, bisecting).again).toEqual([
      attempt({ records: single, retries: 1 }),
    ]);
    expect(
      redeliver(attempt({ records: single, retries: 2 }), { kind: 'failed' }, bisecting).exhausted,
    ).toEqual(single);
  });
});

describe('after a partial response', () => {
  it('what comes before the checkpoint is handled and the rest is retried', () => {
    expect(redeliver(attempt(), { kind: 'failed-from', index: 2 }, plain)).toEqual({
      handled: RECORDS.slice(0, 2),
      exhausted: [],
      again: [attempt({ records: RECORDS.slice(2), retries: 1 })],
    });
  });

  it('progress does not give retries back', () => {
    const { exhausted } = redeliver(attempt({ retries: 2 }), { kind: 'failed-from', index: 2 }, plain);
    expect(exhausted).toEqual(RECORDS.slice(2));
  });

  it('a bisecting mapping cuts at the checkpoint and uses up no retry', () => {
    expect(redeliver(attempt({ retries: 2 }), { kind: 'failed-from', index: 2 }, bisecting)).toEqual({
      handled: RECORDS.slice(0, 2),
      exhausted: [],
      again: [attempt({ records: RECORDS.slice(2), retries: 2 })],
    });
  });

  it('a bisecting mapping uses up a retry when the first record failed', () => {
    expect(redeliver(attempt(), { kind: 'failed-from', index: 0 }, bisecting).again).toEqual([
      attempt({ retries: 1 }),
    ]);
  });
});
