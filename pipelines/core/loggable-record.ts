import * as z from 'zod';
import type { ItemKey } from '../../contracts/keys.ts';
import { parseKey } from '../../contracts/parsed-key.ts';
import { read } from '../../contracts/reading.ts';
import { type RecordIdentity, recordIdentity } from './record-identity.ts';

/** What may be logged of a record. */
export interface LoggableRecord extends RecordIdentity {
  /** The event id: whatever follows from a record bears it. */
  readonly correlationId: string;
  /** Absent where it is of no shape that this table knows: such a key may hold anything, a name or an address too. */
  readonly key?: ItemKey;
}

const Keyed = z.object({
  dynamodb: z.object({
    Keys: z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) }),
  }),
});

/** What may be logged of a record: ids, and never what its item holds. */
export function loggableRecord(raw: unknown): LoggableRecord {
  const identity = recordIdentity(raw);
  const key = keyOf(raw);
  return { ...identity, correlationId: identity.eventId, ...(key === undefined ? {} : { key }) };
}

function keyOf(raw: unknown): ItemKey | undefined {
  const keyed = read(Keyed, raw);
  if (!keyed.success) return undefined;
  const { pk, sk } = keyed.data.dynamodb.Keys;
  const key = { pk: pk.S, sk: sk.S };
  return parseKey(key) === undefined ? undefined : key;
}
