import * as z from 'zod';
import { read } from '../../contracts/reading.ts';

/** What names a record even when nothing else of it can be read; empty strings where it does not say. */
export interface RecordIdentity {
  readonly eventId: string;
  readonly sequenceNumber: string;
}

const Named = z.object({
  eventID: z.string().catch(''),
  dynamodb: z.object({ SequenceNumber: z.string().catch('') }).catch({ SequenceNumber: '' }),
});

/** Reads a record's event id and sequence number without asking that the rest be right. */
export function recordIdentity(raw: unknown): RecordIdentity {
  const named = read(Named, raw);
  if (!named.success) return { eventId: '', sequenceNumber: '' };
  const sequenceNumber = named.data.dynamodb.SequenceNumber;
  return { eventId: named.data.eventID || sequenceNumber, sequenceNumber };
}
