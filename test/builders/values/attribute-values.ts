import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';

type Image = Record<string, AttributeValue>;

const bytes = Buffer.from('QWRhIEV4YW1wbGU=', 'base64');
/** In Lambda's JSON it looks like a text. */
const BINARY: AttributeValue = { B: bytes };

/** Attribute values that DynamoDB takes and contracts stumble over. */
const oddValues: readonly AttributeValue[] = [
  BINARY,
  { BS: [bytes] },
  { SS: ['Ada'] },
  { NS: ['1', '12345678901234567.5'] },
  { NULL: true },
  { BOOL: true },
  { N: '12345678901234567.5' },
  { N: '9007199254740993' },
  { N: '2.0000000000000000000000001' },
  { N: '-1' },
  { N: '0.5' },
  { N: '1e125' },
  { S: '' },
  { S: '12345678901234567.5' },
  { S: 'a\u0000b' },
  { S: 'x'.repeat(5_000) },
  { M: {} },
  { M: { length: { M: { toString: { NULL: true } } } } },
  { M: { S: { S: 'Ada' } } },
  { L: [] },
  { L: [BINARY] },
];
/** Names that no contract knows. */
const unknownNames = ['margin', '__proto__', 'constructor', 'toString', 'length', 'then', 'S', 'B'];

interface Change {
  readonly at: readonly string[];
  readonly value: AttributeValue | undefined;
}

/** An image in which attributes were replaced, removed or added, at any depth; the primary key stays. */
export function changedImage(sound: Image): fc.Arbitrary<Image> {
  const places = placesIn(sound).filter(([name]) => name !== 'pk' && name !== 'sk');
  const oddValue = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...oddValues) }, fc.constant(BINARY));
  const known: fc.Arbitrary<Change> = fc.record({
    at: fc.constantFrom(...places),
    value: fc.option(oddValue, { nil: undefined, freq: 8 }),
  });
  const unknown: fc.Arbitrary<Change> = fc.record({
    at: fc.constantFrom(...unknownNames).map((name) => [name]),
    value: fc.constantFrom(...oddValues),
  });
  return fc
    .array(fc.oneof(known, unknown), { minLength: 1, maxLength: 2, size: 'small' })
    .map((changes) => changes.reduce((image, { at, value }) => changed(image, at, value), sound));
}

/** The paths of all attributes of an image, of those in maps and lists too. */
function placesIn(image: Image, above: readonly string[] = []): (readonly string[])[] {
  return Object.entries(image).flatMap(([name, value]) => {
    const path = [...above, name];
    return [path, ...placesIn(value.M ?? listAsImage(value.L), path)];
  });
}

const listAsImage = (list: readonly AttributeValue[] = []): Image =>
  Object.fromEntries(list.map((value, index) => [String(index), value]));

function changed(
  image: Image,
  [name = '', ...rest]: readonly string[],
  value: AttributeValue | undefined,
): Image {
  const others = Object.entries(image).filter(([other]) => other !== name);
  const old = image[name];
  // The first of two changes may have taken away where the second one was to be made.
  const inner = rest.length === 0 ? value : old && changedInside(old, rest, value);
  return Object.fromEntries(inner === undefined ? others : [...others, [name, inner]]);
}

function changedInside(
  old: AttributeValue,
  path: readonly string[],
  value: AttributeValue | undefined,
): AttributeValue {
  if (old.M !== undefined) return { M: changed(old.M, path, value) };
  if (old.L === undefined) return old;
  return { L: Object.values(changed(listAsImage(old.L), path, value)) };
}

const withAttribute =
  (name: string, value: AttributeValue) =>
  (image: Image): Image =>
    Object.fromEntries([...Object.entries(image).filter(([other]) => other !== name), [name, value]]);

/** Each way to make an image odd that keeps its contract: attributes that no contract knows. */
export const oddButSoundImages: readonly ((image: Image) => Image)[] = [
  withAttribute('margin', { N: '12345678901234567.5' }),
  withAttribute('margin', { NS: ['9007199254740993'] }),
  withAttribute('picture', { B: bytes }),
  withAttribute('__proto__', { M: { length: { NULL: true } } }),
  withAttribute('constructor', { NULL: true }),
  withAttribute('length', { M: { toString: { NULL: true } } }),
  withAttribute('then', { S: 'no promise' }),
];

/** Each way to break an image, in a text that its contract knows and in what every item has. */
export const brokenImages = (field: string): readonly ((image: Image) => Image)[] => [
  ...oddValues
    .filter(({ S }) => S === undefined || S.length === 0 || S.length > 1_000 || S.includes('\u0000'))
    .map((value) => withAttribute(field, value)),
  (image) => Object.fromEntries(Object.entries(image).filter(([name]) => name !== field)),
  withAttribute('entityType', { S: 'Unheard' }),
  withAttribute('version', { N: '9007199254740993' }),
  withAttribute('version', { S: '1' }),
  withAttribute('updatedAt', { S: 'yesterday' }),
];
