/** An attribute value that no contract accepts, distinct from every plain value: a schema refuses it where it expects another. */
export abstract class OpaqueValue {
  readonly shown: unknown;

  constructor(shown: unknown) {
    this.shown = shown;
  }

  /** The value for a person to read. */
  toJSON(): unknown {
    return this.shown;
  }
}

// Zod names a value's class as what it received, and a minified bundle would rename the classes.

/** Binary, shown in base64. */
export class BinaryValue extends OpaqueValue {
  static override readonly name = 'binary';
}

/** A number that a JavaScript number cannot hold exactly, shown by its digits. */
export class InexactNumber extends OpaqueValue {
  static override readonly name = 'a number that JavaScript cannot hold';
}

/** A set, shown as a list. */
export class SetValue extends OpaqueValue {
  static override readonly name = 'set';
}

/** A value of none of DynamoDB's types, or nested deeper than its items are. Shown unchanged. */
export class UnknownValue extends OpaqueValue {
  static override readonly name = 'no attribute value';
}

/** The most levels that an item has. See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html. */
const LEVELS_MAX = 32;
/** JavaScript holds each number of so many digits exactly. */
const EXACT_DIGITS = 15;
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * What an image holds, as plain values: the one way to unmarshal, for images of the SDK (binary as bytes) and of Lambda's records
 * (binary as base64 text, distinguished from text by its type tag only). It never throws: a value without a plain form is an
 * {@link OpaqueValue}, which does no harm in an attribute that a contract does not know. An attribute named `__proto__` is an
 * attribute as any other.
 *
 * See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html.
 */
export function unmarshal(image: object): Record<string, unknown> {
  return isMap(image) ? membersOf(image, 1) : {};
}

type Members = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function membersOf(image: Members, level: number): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name in image) {
    const value = attributeValue(image[name], level);
    // An assignment to __proto__ would set the prototype.
    if (name === '__proto__') define(members, name, value);
    else members[name] = value;
  }
  return members;
}

const define = (members: object, name: string, value: unknown): unknown =>
  Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });

/** One attribute of an image, as a plain value. @param level How deep it is: 1 for an attribute of the item itself. */
export function attributeValue(attribute: unknown, level = 1): unknown {
  if (!isMap(attribute) || level > LEVELS_MAX) return new UnknownValue(attribute);
  for (const type in attribute) {
    const value = attribute[type];
    // The SDK leaves members of other types undefined.
    if (value === undefined) continue;
    const plain = plainValue(type, value, level);
    return plain === undefined ? new UnknownValue(attribute) : plain;
  }
  return new UnknownValue(attribute);
}

/** What a map or a list holds, as it is in the image; `undefined` where the attribute is not of this type. */
export function membersOfType(type: 'M' | 'L', attribute: unknown): unknown {
  if (!isMap(attribute)) return undefined;
  for (const one in attribute) {
    const value = attribute[one];
    if (value !== undefined) return one === type ? value : undefined;
  }
  return undefined;
}

/** `undefined` where the value is none of the type. */
function plainValue(type: string, value: unknown, level: number): unknown {
  switch (type) {
    case 'S':
      return typeof value === 'string' ? value : undefined;
    case 'N':
      return typeof value === 'string' ? numberOf(value) : undefined;
    case 'BOOL':
      return typeof value === 'boolean' ? value : undefined;
    case 'NULL':
      return value === true ? null : undefined;
    case 'M':
      return isMap(value) ? membersOf(value, level + 1) : undefined;
    case 'L':
      return Array.isArray(value) ? value.map((member) => attributeValue(member, level + 1)) : undefined;
    case 'B':
      return binaryOf(value);
    case 'SS':
    case 'NS':
      return setOf(value);
    case 'BS':
      return setOf(value, binaryOf);
    default:
      return undefined;
  }
}

const setOf = (value: unknown, memberOf = (member: unknown) => member): SetValue | undefined =>
  Array.isArray(value) ? new SetValue(value.map(memberOf)) : undefined;

function binaryOf(value: unknown): BinaryValue | undefined {
  if (value instanceof Uint8Array) return new BinaryValue(Buffer.from(value).toString('base64'));
  return typeof value === 'string' ? new BinaryValue(value) : undefined;
}

function numberOf(digits: string): number | InexactNumber | undefined {
  // Number takes more spellings than DynamoDB has: blanks, hexadecimal.
  if (!DECIMAL.test(digits)) return undefined;
  const number = Number(digits);
  const isExact =
    digits.length <= EXACT_DIGITS
      ? Number.isFinite(number)
      : String(number) === digits && Math.abs(number) <= Number.MAX_SAFE_INTEGER;
  return isExact ? number : new InexactNumber(digits);
}
