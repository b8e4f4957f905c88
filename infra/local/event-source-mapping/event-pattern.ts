import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';

/** A filter pattern is invalid: Lambda would refuse it when the mapping is created. */
export class InvalidEventPatternError extends OrderStreamError {
  readonly code = 'invalid-event-pattern';
  readonly remedy = 'Correct the FilterCriteria of the event source in infra/consumers.yaml.';
  /** Where in the pattern, its names joined by dots; empty for the pattern itself. */
  readonly path: string;

  constructor(path: string, problem: string) {
    super(`The filter pattern${path === '' ? '' : ` at ${path}`} ${problem}`);
    this.path = path;
  }
}

/** Whether the values at one path of an event meet one condition. There are no values if the path is absent. */
type Condition = (leaves: readonly unknown[]) => boolean;

const Literal = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const Bound = z.union([
  z.tuple([z.literal('='), z.number()]),
  z.tuple([z.enum(['<', '<=', '>', '>=']), z.number()]),
]);
const Lower = z.enum(['>', '>=']);
const Upper = z.enum(['<', '<=']);
const Range = z.union([Bound, z.tuple([Lower, z.number(), Upper, z.number()])]);
const AnythingBut = z.union([
  z.string(),
  z.number(),
  z.array(z.string()).min(1),
  z.array(z.number()).min(1),
  z.strictObject({ prefix: z.string().min(1) }),
]);

/** Each condition has one operator. */
const Operator = z.union([
  z.strictObject({ exists: z.boolean() }),
  z.strictObject({ prefix: z.string() }),
  z.strictObject({ suffix: z.string() }),
  z.strictObject({ 'equals-ignore-case': z.string() }),
  z.strictObject({ 'anything-but': AnythingBut }),
  z.strictObject({ numeric: Range }),
]);
type Operator = z.infer<typeof Operator>;

const COMPARISONS: Readonly<Record<z.infer<typeof Bound>[0], (left: number, right: number) => boolean>> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
};

/**
 * Compiles one condition of a field: a value to equal, or one of the operators in Lambda's table of rule syntax. Of EventBridge's
 * `anything-but` with a nested operator, only `prefix` is supported. A DynamoDB number is a string in a stream record, so `numeric`
 * never matches one.
 * See https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax.
 *
 * @throws InvalidEventPatternError for an unknown operator or an operand of the wrong type.
 */
function compileCondition(condition: unknown, path: string): Condition {
  const literal = read(Literal, condition);
  if (literal.success) return (leaves) => leaves.includes(literal.data);
  const operator = read(Operator, condition);
  if (operator.success) return compileOperator(operator.data);
  throw new InvalidEventPatternError(path, 'has an unknown operator or an operand of the wrong type');
}

function compileOperator(operator: Operator): Condition {
  if ('exists' in operator) return (leaves) => leaves.length > 0 === operator.exists;
  if ('anything-but' in operator) return compileAnythingBut(operator['anything-but']);
  if ('numeric' in operator) return compileNumeric(operator.numeric);
  if ('prefix' in operator) return anyString((leaf) => leaf.startsWith(operator.prefix));
  if ('suffix' in operator) return anyString((leaf) => leaf.endsWith(operator.suffix));
  const folded = operator['equals-ignore-case'].toLowerCase();
  return anyString((leaf) => leaf.toLowerCase() === folded);
}

function compileAnythingBut(excluded: z.infer<typeof AnythingBut>): Condition {
  if (typeof excluded === 'object' && !Array.isArray(excluded))
    return anyString((leaf) => !leaf.startsWith(excluded.prefix));
  const values = new Set<unknown>(Array.isArray(excluded) ? excluded : [excluded]);
  return (leaves) => leaves.some((leaf) => !values.has(leaf));
}

function compileNumeric(range: z.infer<typeof Range>): Condition {
  const [operator, operand] = range;
  const isInLower = (value: number) => COMPARISONS[operator](value, operand);
  const isInUpper =
    range.length === 2 ? () => true : (value: number) => COMPARISONS[range[2]](value, range[3]);
  return (leaves) => leaves.some((leaf) => typeof leaf === 'number' && isInLower(leaf) && isInUpper(leaf));
}

const anyString =
  (holds: (leaf: string) => boolean): Condition =>
  (leaves) =>
    leaves.some((leaf) => typeof leaf === 'string' && holds(leaf));

/** Whether an event matches a pattern. */
export type EventMatcher = (event: unknown) => boolean;

const OR = '$or';
const OR_ALTERNATIVES_MIN = 2;

/**
 * Compiles Lambda's filter patterns. A record passes if any pattern matches, or if there are no patterns. The fields of a pattern are
 * ANDed, the conditions of a field ORed. An array in the event matches if one of its elements matches, and all fields below it must
 * match in the same element.
 * See https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html.
 *
 * @throws InvalidEventPatternError for anything that Lambda would refuse, including an unknown operator.
 */
export function compileEventPatterns(patterns: readonly unknown[]): EventMatcher {
  const matchers = patterns.map((pattern) => compileFields(pattern, ''));
  return matchers.length === 0 ? () => true : (event) => matchers.some((matches) => matches(event));
}

function compileFields(pattern: unknown, path: string): EventMatcher {
  if (!isObject(pattern)) throw new InvalidEventPatternError(path, 'must be a JSON object');
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new InvalidEventPatternError(path, 'must not be empty');
  const fields = entries.map(([name, value]) =>
    name === OR ? compileAlternatives(value, join(path, OR)) : compileField(name, value, path),
  );
  return onEachElement((value) => fields.every((matches) => matches(value)));
}

function compileAlternatives(alternatives: unknown, path: string): EventMatcher {
  if (!Array.isArray(alternatives) || alternatives.length < OR_ALTERNATIVES_MIN)
    throw new InvalidEventPatternError(path, 'must be an array of at least two patterns');
  const matchers = alternatives.map((alternative) => compileFields(alternative, path));
  return (value) => matchers.some((matches) => matches(value));
}

function compileField(name: string, pattern: unknown, parentPath: string): EventMatcher {
  const path = join(parentPath, name);
  const matches = Array.isArray(pattern) ? compileLeaf(pattern, path) : compileFields(pattern, path);
  return (value) => matches(isObject(value) ? value[name] : undefined);
}

function compileLeaf(conditions: readonly unknown[], path: string): EventMatcher {
  if (conditions.length === 0) throw new InvalidEventPatternError(path, 'must hold at least one condition');
  const compiled: readonly Condition[] = conditions.map((condition) => compileCondition(condition, path));
  return (value) => {
    const leaves = leavesOf(value);
    return compiled.some((holds) => holds(leaves));
  };
}

/** A path into an array leads into each of its elements. An empty array counts as absent. */
function onEachElement(matches: EventMatcher): EventMatcher {
  return (value) => {
    if (!Array.isArray(value)) return matches(value);
    return value.length === 0 ? matches(undefined) : value.some(onEachElement(matches));
  };
}

/** Only strings, numbers, booleans and null can be compared. An object is not a leaf, so `exists: false` matches it. */
function leavesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isObject(value) ? [] : [value];
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
