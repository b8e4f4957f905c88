import { describe, expect, it } from 'vitest';
import { countTooOld } from '../../../infra/local/event-source-mapping/waiting-record.ts';
import { waitingRecords } from '../../builders/stream/event-source-mapping.ts';

const arrivedAt = (...seconds: number[]) =>
  seconds.flatMap((second) => waitingRecords(1, { arrivedAtMs: second * 1_000 }));

describe('the records that are too old', () => {
  it('are those that arrived longer ago than the mapping allows', () => {
    expect(countTooOld(arrivedAt(0, 1, 40, 50), 60, 100_000)).toBe(2);
  });

  it('are none at exactly the age that is allowed', () => {
    expect(countTooOld(arrivedAt(40), 60, 100_000)).toBe(0);
  });

  it('are all of them when none is young', () => {
    expect(countTooOld(arrivedAt(0, 1), 60, 100_000)).toBe(2);
  });

  it('are none when there is no bound', () => {
    expect(countTooOld(arrivedAt(0), -1, 1e12)).toBe(0);
  });
});
