import * as z from 'zod';

/** One reason why a value violates its contract: where in it, and what is expected there. Never the value itself. */
export const FieldIssue = z.object({ path: z.string(), message: z.string() });
export type FieldIssue = z.infer<typeof FieldIssue>;

/** A value that a later release has added to an enum. */
export const LaterName = z
  .string()
  .regex(/^[a-z][a-z-]{0,39}$/)
  .brand<'LaterName'>();

/**
 * An enum that a later release may extend: one of `values`, or a name that this release does not know. While a release is rolled out, or
 * after it is rolled back, functions and pages of this one read what the later one has stored. They show such a name as it is, and decide
 * nothing by it. An enum that decides what may be done, such as a state, stays closed.
 */
export const extensible = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.union([z.enum(values), LaterName]);

/** The result of reading a value: the value, or the issues. */
export type Reading<Value> =
  | { readonly success: true; readonly data: Value; readonly error?: undefined }
  | { readonly success: false; readonly data?: undefined; readonly error: z.ZodError };

/** A value does not have the shape that the program relies on. `issues` name each field, never a value. */
export class InvalidValueError extends Error {
  readonly code = 'invalid-value';
  readonly remedy =
    'Compare the value with its schema at the fields in `issues`: its source and this release disagree.';
  readonly issues: readonly FieldIssue[];

  constructor(error: z.ZodError) {
    const issues = valueIssues(error);
    const reasons = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    super(`A value does not match its schema: ${reasons.join('; ')}`);
    this.issues = issues;
  }

  /** The code: a class's own name does not survive a minified bundle. */
  override get name(): string {
    return this.code;
  }
}

/** How many issues of a value are named: a message, a log line and a stored item stay small however much is wrong with it. */
export const ISSUES_MAX = 20;
/** The longest path of an issue, in UTF-16 units: an attribute's name can have 64 KB. */
const PATH_LENGTH_MAX = 200;

/** A schema's first issues, at most {@link ISSUES_MAX}, as paths and messages, without the values; `where` is put before each path. */
export function valueIssues(error: z.ZodError, where = ''): readonly FieldIssue[] {
  return error.issues.slice(0, ISSUES_MAX).map((issue) => ({
    path: [...(where === '' ? [] : [where]), ...issue.path.map(String)]
      .join('.')
      .slice(0, PATH_LENGTH_MAX)
      .toWellFormed(),
    message: issue.message,
  }));
}

/**
 * How many values a process reads before zod compiles the schemas of objects that it reads. To compile one takes longer than many reads by
 * it, and the first request of a function waits for it.
 */
const INTERPRETED_READS = 1_000;
const INTERPRETED = { jitless: true };
let reads = 0;

/** How zod reads the next value. */
function nextMode(): typeof INTERPRETED | undefined {
  if (reads === INTERPRETED_READS) return undefined;
  reads += 1;
  return INTERPRETED;
}

/**
 * Reads a value from outside: the one way to do so. It returns the value as the schema has it, or the fields that violate it.
 * It throws for no value.
 *
 * Zod's own `safeParse` can throw: a length check runs on every value that has a `length`, also after the type check failed. It
 * compares the length with a number, which fails where that `length` is an object without a primitive value
 * (https://github.com/colinhacks/zod, v4 core/checks: `when`).
 */
export function read<Schema extends z.ZodType>(schema: Schema, value: unknown): Reading<z.output<Schema>> {
  try {
    return schema.safeParse(value, nextMode());
  } catch {
    // Why it threw is left out: the message can quote the value.
    return readWithoutOddLengths(schema, value);
  }
}

/**
 * Reads a JSON text. A text that is no JSON is an issue without a path; see {@link read}.
 *
 * @param text Anything but a string is no JSON.
 */
export function readJson<Schema extends z.ZodType>(schema: Schema, text: unknown): Reading<z.output<Schema>> {
  if (typeof text !== 'string') return refused([], 'must be JSON');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message quotes the text.
    return refused([], 'must be JSON');
  }
  return read(schema, value);
}

/**
 * A value that must have a schema's shape, such as one that the program made itself.
 *
 * @throws InvalidValueError
 */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = read(schema, value);
  if (result.success) return result.data;
  throw new InvalidValueError(result.error);
}

/**
 * The value of a JSON text that must have a schema's shape, such as one that the program wrote itself.
 *
 * @throws InvalidValueError
 */
export function parseJson<Schema extends z.ZodType>(schema: Schema, text: unknown): z.output<Schema> {
  const result = readJson(schema, text);
  if (result.success) return result.data;
  throw new InvalidValueError(result.error);
}

/** The members that a check of zod's reads off a value of any type. */
const CHECKED_MEMBERS = ['length', 'size'] as const;
/** Deeper than any value of ours: DynamoDB's own limit is 32. */
const DEPTH_MAX = 64;

/** Reads the value again without the members that cannot be compared with a number: the type checks then name their fields. */
function readWithoutOddLengths<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Reading<z.output<Schema>> {
  const odd: (readonly string[])[] = [];
  try {
    const result = schema.safeParse(withoutOddLengths(value, [], odd));
    if (!result.success) return result;
  } catch {
    // Something else about the value is odd: no field can be named beyond those found so far.
  }
  return refused(odd[0] ?? [], 'cannot be read');
}

function withoutOddLengths(value: unknown, path: readonly string[], odd: (readonly string[])[]): unknown {
  if (typeof value !== 'object' || value === null || path.length > DEPTH_MAX) return value;
  if (Array.isArray(value))
    return value.map((member, index) => withoutOddLengths(member, [...path, String(index)], odd));
  const isOdd = (name: string, member: unknown): boolean =>
    CHECKED_MEMBERS.some((checked) => checked === name) && typeof member !== 'number';
  const members = Object.entries(value);
  if (members.some(([name, member]) => isOdd(name, member))) odd.push(path);
  return Object.fromEntries(
    members
      .filter(([name, member]) => !isOdd(name, member))
      .map(([name, member]) => [name, withoutOddLengths(member, [...path, name], odd)]),
  );
}

const refused = (path: readonly string[], message: string): Reading<never> => ({
  success: false,
  error: new z.ZodError([{ code: 'custom', path: [...path], message, input: undefined }]),
});
