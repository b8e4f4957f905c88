import * as z from 'zod';
import { Version } from '../../contracts/ids.ts';
import type { ItemKey } from '../../contracts/keys.ts';
import { read } from '../../contracts/reading.ts';

const Text = z.object({ S: z.string().min(1) });
const Keyed = z.object({ dynamodb: z.object({ Keys: z.object({ pk: Text, sk: Text }) }) });
const Image = z
  .object({ version: z.object({ N: z.coerce.number().pipe(Version) }) })
  .optional()
  .catch(undefined);
const Versioned = z.object({ dynamodb: z.object({ NewImage: Image, OldImage: Image }) });

/** The key of the item that a record is of, also of one that breaks its contract; `undefined` where it names none. */
export function recordKey(record: unknown): ItemKey | undefined {
  const keys = read(Keyed, record).data?.dynamodb.Keys;
  return keys && { pk: keys.pk.S, sk: keys.sk.S };
}

/** The version of the newest image of a record, also of one that breaks its contract; `undefined` where there is none. */
export function recordVersion(record: unknown): Version | undefined {
  const images = read(Versioned, record).data?.dynamodb;
  return images?.NewImage?.version.N ?? images?.OldImage?.version.N;
}
