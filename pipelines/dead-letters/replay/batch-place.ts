import { recordIdentity } from '../../stream/lambda-record.ts';
import type { OriginatedRecords } from '../parse/records-to-replay.ts';

/**
 * The records of a batch from the one that its message names on, which {@link nextRecordOf} has named. All, where none has that
 * event id: to replay a record twice is safe, and to leave one out is not.
 */
export function recordsFrom(
  parts: readonly OriginatedRecords[],
  nextRecord: string | undefined,
): readonly unknown[] {
  const records = parts.flatMap((part) => part.records);
  const place = isOrdered(parts)
    ? records.findIndex((record) => recordIdentity(record).eventId === nextRecord)
    : 0;
  return records.slice(Math.max(0, place));
}

/** The event id by which a replay finds a record of the batch again; `undefined` where it cannot. */
export const nextRecordOf = (parts: readonly OriginatedRecords[], record: unknown): string | undefined =>
  isOrdered(parts) ? recordIdentity(record).eventId || undefined : undefined;

/** A scan of the table has another order each time, and may have other items. */
const isOrdered = (parts: readonly OriginatedRecords[]): boolean =>
  parts.every(({ from }) => from !== 'table');
