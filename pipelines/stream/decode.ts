import * as z from 'zod';
import { ENTITIES, parseKey, TableItem } from '../../contracts/entities/entities.ts';
import type { ItemKey } from '../../contracts/entities/entity.ts';
import { versionAfter } from '../../contracts/ids.ts';
import { ISSUES_MAX, type Reading, read, valueIssues } from '../../contracts/reading.ts';
import { StreamRecord, TTL_PRINCIPAL } from '../../contracts/stream.ts';
import { attributeValue, unmarshal } from '../dynamodb/unmarshal.ts';
import { wireForm } from '../dynamodb/wire-form.ts';
import { ContractViolationError } from '../errors.ts';
import { timeOfSeconds } from './lambda-record.ts';
import type { StreamChange } from './stream-change.ts';

type Decoders = ReturnType<typeof compile>;
let decoders: Decoders | undefined;

// Every record passes these, so they are compiled; a value that one of them refuses goes through the schema itself, which names the fields.
const compile = () => ({
  record: z.compile(StreamRecord),
  /** A primary key in DynamoDB's wire form. */
  key: z.compile(z.object({ pk: z.object({ S: z.string() }), sk: z.object({ S: z.string() }) })),
});

/**
 * The compiled contracts of a record's envelope, once in a process. A consumer makes them while it starts, and a function that seldom
 * replays a record makes them with the first one.
 */
export function recordDecoders(): Decoders {
  decoders ??= compile();
  return decoders;
}

const CONTRACTS = new Map<unknown, z.ZodType<TableItem>>(
  ENTITIES.map(({ key, item }) => [key.entityType, item]),
);
/** The contracts of images, by the type of item; compiled with its first image, since a consumer sees few of the types. */
const compiledImages = new Map<unknown, z.ZodType<TableItem>>();

/**
 * Decodes one stream record into a change whose images keep the contracts.
 *
 * A MODIFY whose old image violates the contract and whose new one keeps it is a fix of the item; it has no `oldItem`.
 *
 * @throws ContractViolationError naming each field that is wrong, never its value. No other error: decoding reads only
 * the record, so that a failure repeats on every attempt.
 */
export function decodeChange(raw: unknown): StreamChange {
  try {
    return decodeRecord(raw);
  } catch (error) {
    if (error instanceof ContractViolationError) throw error;
    // The error is left out: its message can quote a value.
    throw new ContractViolationError('The stream record cannot be decoded');
  }
}

function decodeRecord(raw: unknown): StreamChange {
  const record = checked(recordDecoders().record, raw, 'The stream record has no shape that Lambda delivers');
  const { dynamodb } = record;
  const key = decodeKey(dynamodb.Keys);
  const attributes = {
    key,
    eventId: record.eventID || dynamodb.SequenceNumber,
    sequenceNumber: dynamodb.SequenceNumber,
    approximateCreationTime: timeOfSeconds(dynamodb.ApproximateCreationDateTime),
  };
  if (record.eventName === 'REMOVE') {
    const oldItem = decodeImage(dynamodb.OldImage, key, 'OldImage');
    const expired =
      record.userIdentity?.type === 'Service' && record.userIdentity.principalId === TTL_PRINCIPAL;
    const version = versionAfter(oldItem.version);
    return changeOf({
      ...attributes,
      entityType: oldItem.entityType,
      kind: 'REMOVE',
      oldItem,
      expired,
      version,
    });
  }
  const newItem = decodeImage(dynamodb.NewImage, key, 'NewImage');
  const { entityType, version } = newItem;
  if (record.eventName === 'INSERT')
    return changeOf({ ...attributes, entityType, kind: 'INSERT', newItem, version });
  const oldItem = sameTypeAs(newItem, decodeOldImage(dynamodb.OldImage, key));
  return changeOf({ ...attributes, entityType, kind: 'MODIFY', newItem, oldItem, version });
}

// The images of a change have one entity type, which the compiler cannot follow through the union of all items.
const changeOf = (change: object): StreamChange => change as StreamChange;

const sameTypeAs = (newItem: TableItem, oldItem: TableItem | undefined): TableItem | undefined =>
  oldItem?.entityType === newItem.entityType ? oldItem : undefined;

/** An image of a record, of which only the form of the envelope is known. */
type AttributeImage = StreamRecord['dynamodb']['Keys'];

function decodeOldImage(image: AttributeImage | undefined, key: ItemKey): TableItem | undefined {
  try {
    return decodeImage(image, key, 'OldImage');
  } catch (error) {
    if (error instanceof ContractViolationError) return undefined;
    throw error;
  }
}

function decodeImage(
  image: AttributeImage | undefined,
  key: ItemKey,
  where: 'NewImage' | 'OldImage',
): TableItem {
  if (image === undefined)
    throw new ContractViolationError(`The stream record has no ${where}`, [
      { path: where, message: 'is missing' },
    ]);
  const result = readImage(image);
  if (!result.success) throw violationOf(result.error, key, where);
  const item = result.data;
  if (item.pk !== key.pk || item.sk !== key.sk) {
    throw new ContractViolationError(`The ${where} is not of the item that Keys names`, [
      { path: 'Keys', message: 'differs from the image' },
    ]);
  }
  return item;
}

function readImage(image: AttributeImage): Reading<TableItem> {
  const compiled = compiledImage(attributeValue(image['entityType']));
  const result = compiled && read(compiled, image);
  return result?.success ? result : read(TableItem, unmarshal(image));
}

function compiledImage(entityType: unknown): z.ZodType<TableItem> | undefined {
  const compiled = compiledImages.get(entityType);
  const contract = CONTRACTS.get(entityType);
  if (compiled !== undefined || contract === undefined) return compiled;
  const image = z.compile(wireForm(contract));
  compiledImages.set(entityType, image);
  return image;
}

/** An item that keeps its contract has a key of a known shape, so the key is checked only where the item violates it. */
function violationOf(
  error: z.ZodError,
  key: ItemKey,
  where: 'NewImage' | 'OldImage',
): ContractViolationError {
  if (parseKey(key) !== undefined) {
    const { length } = error.issues;
    const extent = length > ISSUES_MAX ? `, in ${length} fields` : '';
    return new ContractViolationError(
      `The item's ${where} breaks its contract${extent}`,
      valueIssues(error, where),
    );
  }
  return new ContractViolationError('The key has a shape that this table does not know', [
    { path: 'Keys', message: 'is of no known shape' },
  ]);
}

function decodeKey(keys: Readonly<Record<string, unknown>>): ItemKey {
  const key = read(recordDecoders().key, keys);
  if (key.success) return { pk: key.data.pk.S, sk: key.data.sk.S };
  throw new ContractViolationError('The record names no item of this table', [
    { path: 'Keys', message: 'must be pk and sk, both strings' },
  ]);
}

function checked<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  message: string,
  where = '',
): z.infer<Schema> {
  const result = read(schema, value);
  if (result.success) return result.data;
  throw new ContractViolationError(message, valueIssues(result.error, where));
}
