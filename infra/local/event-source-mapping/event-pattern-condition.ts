import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { InvalidEventPatternError } from './event-pattern-error.ts';

/** Whether the values at one path of an event meet one condition; there are none where the path is absent. */
export type Condition = (leaves: readonly unknown[]) => boolean;

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

/** One operator a condition. */
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
 * Compiles one condition of a field: a value to equal, or one of the operators that Lambda's table of rule syntax lists;
 * of EventBridge's `anything-but` with an operator inside, only `prefix`. A DynamoDB number is a string in a
 * stream record, so `numeric` never holds for one.
 * See https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax.
 *
 * @throws InvalidEventPatternError for an operator that is unknown or has an operand of the wrong kind.
 */
export function compileCondition(condition: unknown, path: string): Condition {
  const literal = read(Literal, condition);
  if (literal.success) return (leaves) => leaves.includes(literal.data);
  const operator = read(Operator, condition);
  if (operator.success) return compileOperator(operator.data);
  throw new InvalidEventPatternError(path, 'has an operator that is unknown or an operand of the wrong kind');
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
