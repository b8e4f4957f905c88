import type { WaitingRecord } from './waiting-record.ts';

const MS_PER_SECOND = 1_000;
const NO_BOUND = -1;

/**
 * How many records from the batch's first are older than the mapping allows. Records of a shard are in the order of
 * their arrival, so the old ones come first and the young rest is still sent.
 * See https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (MaximumRecordAgeInSeconds).
 */
export function countTooOld(
  records: readonly WaitingRecord[],
  maximumRecordAgeInSeconds: number,
  nowMs: number,
): number {
  if (maximumRecordAgeInSeconds === NO_BOUND) return 0;
  const oldestMs = nowMs - maximumRecordAgeInSeconds * MS_PER_SECOND;
  const firstYoung = records.findIndex(({ arrivedAtMs }) => arrivedAtMs >= oldestMs);
  return firstYoung === -1 ? records.length : firstYoung;
}
