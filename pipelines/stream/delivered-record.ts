import { decodeChange } from './decode.ts';
import { recordIdentity } from './lambda-record.ts';
import type { StreamChange } from './stream-change.ts';

/** A record of a batch: the change that it is, or why it cannot be decoded. Decoded once, for all that is said of it later. */
export type DeliveredRecord = { readonly record: unknown } & (
  | { readonly change: StreamChange; readonly error?: undefined }
  | { readonly change?: undefined; readonly error: unknown }
);

/** Decodes a record; it throws for none. */
export function delivered(record: unknown): DeliveredRecord {
  try {
    return { record, change: decodeChange(record) };
  } catch (error) {
    return { record, error };
  }
}

/** The id of a record's event, as {@link recordIdentity} has it. */
export const eventIdOf = ({ record, change }: DeliveredRecord): string =>
  change?.eventId ?? recordIdentity(record).eventId;
