import * as z from 'zod';
import type { DeadLetterId } from '../../contracts/api/dead-letters.ts';
import type { ConsumerDeadLetter } from '../../contracts/dead-letters/consumer-dead-letter.ts';
import { parseKey } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { Version } from '../../contracts/ids.ts';
import { ISSUES_MAX, read } from '../../contracts/reading.ts';
import { unmarshal } from '../dynamodb/unmarshal.ts';
import { clipped, type DeadLetterEntry, valueText } from '../operations/dead-letter-entry.ts';

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

/** A code or a type has a few words. Another text in a message must not fill a list. */
export const NAME_LENGTH_MAX = 200;
const EntityType = z
  .object({ entityType: z.object({ S: z.string() }) })
  .optional()
  .catch(undefined);
const Typed = z.object({ dynamodb: z.object({ NewImage: EntityType, OldImage: EntityType }) });

/** The type of a record's item, by the key; for a key of an unknown shape, by the image. */
export function recordEntity(record: unknown): string {
  const key = recordKey(record);
  const byKey = key === undefined ? undefined : parseKey(key)?.entityType;
  if (byKey !== undefined) return byKey;
  const typed = read(Typed, record).data?.dynamodb;
  return clipped(
    typed?.NewImage?.entityType.S ?? typed?.OldImage?.entityType.S ?? 'unknown',
    NAME_LENGTH_MAX,
  );
}

/** What the message of a consumer says of its record, beside the record. */
type RecordFailure = Pick<
  ConsumerDeadLetter,
  'consumer' | 'reason' | 'attempts' | 'firstSeenAt' | 'deadLetteredAt' | 'eventId'
>;

const Named = z.object({ eventName: z.string().optional().catch(undefined) });

/** What the store keeps of a record that a consumer sends to the dead-letter queue: no image, only the values of the fields to blame. */
export function recordEntry(id: DeadLetterId, failure: RecordFailure, record: unknown): DeadLetterEntry {
  const { consumer, reason, attempts, firstSeenAt, deadLetteredAt, eventId } = failure;
  const valueAt = valuesOf(record);
  return {
    id,
    consumer,
    kind: 'record',
    reason: {
      ...reason,
      issues: reason.issues.slice(0, ISSUES_MAX).map((issue) => ({ ...issue, ...valueAt(issue.path) })),
    },
    entity: recordEntity(record),
    key: recordKey(record),
    eventId: eventId || undefined,
    eventName: read(Named, record).data?.eventName,
    records: 1,
    attempts,
    firstSeenAt,
    failedAt: deadLetteredAt,
  };
}

const AnyImage = z
  .custom<object>((value) => typeof value === 'object' && value !== null)
  .optional()
  .catch(undefined);
const IMAGE_NAMES = ['Keys', 'NewImage', 'OldImage'] as const;
const Images = z.object({ dynamodb: z.object({ Keys: AnyImage, NewImage: AnyImage, OldImage: AnyImage }) });

/**
 * Finds what the record holds at an issue's path, which begins with the name of an image, or is one into the newest image. It unmarshals each
 * image once.
 */
function valuesOf(record: unknown): (path: string) => { readonly value?: string } {
  const images = read(Images, record).data?.dynamodb;
  if (images === undefined) return () => ({});
  const items = new Map<string, unknown>(
    IMAGE_NAMES.map((name) => [name, images[name] && unmarshal(images[name])]),
  );
  const newest = images.NewImage === undefined ? 'OldImage' : 'NewImage';
  return (path) => {
    const [first = '', ...rest] = path.split('.');
    const [image, names] = items.has(first) ? [first, rest] : [newest, [first, ...rest]];
    const text = valueText(names.reduce(memberOf, items.get(image)));
    return text === undefined ? {} : { value: text };
  };
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
