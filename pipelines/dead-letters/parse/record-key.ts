import * as z from 'zod';
import type { ItemKey } from '../../../contracts/entities/entity.ts';
import { Version } from '../../../contracts/ids.ts';
import { read } from '../../../contracts/reading.ts';

/** The limits of a key attribute, in bytes. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html. */
const PARTITION_KEY_BYTES_MAX = 2_048;
const SORT_KEY_BYTES_MAX = 1_024;
const keyText = (bytesMax: number) =>
  z.object({
    S: z.string().refine((text) => {
      const bytes = Buffer.byteLength(text);
      return bytes > 0 && bytes <= bytesMax && text.isWellFormed();
    }),
  });
const Keyed = z.object({
  dynamodb: z.object({
    Keys: z.object({ pk: keyText(PARTITION_KEY_BYTES_MAX), sk: keyText(SORT_KEY_BYTES_MAX) }),
  }),
});
const Image = z
  .object({ version: z.object({ N: z.coerce.number().pipe(Version) }) })
  .optional()
  .catch(undefined);
const Versioned = z.object({ dynamodb: z.object({ NewImage: Image, OldImage: Image }) });

/** The key of a record's item, also of one that violates its contract; `undefined` where it names none that the table can hold. */
export function recordKey(record: unknown): ItemKey | undefined {
  const keys = read(Keyed, record).data?.dynamodb.Keys;
  return keys && { pk: keys.pk.S, sk: keys.sk.S };
}

/** The version of the newest image of a record, also of one that violates its contract; `undefined` where there is none. */
export function recordVersion(record: unknown): Version | undefined {
  const images = read(Versioned, record).data?.dynamodb;
  return images?.NewImage?.version.N ?? images?.OldImage?.version.N;
}
