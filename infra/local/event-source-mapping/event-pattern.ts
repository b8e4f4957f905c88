import { type Condition, compileCondition } from './event-pattern-condition.ts';
import { InvalidEventPatternError } from './event-pattern-error.ts';

/** Whether an event meets a pattern. */
export type EventMatcher = (event: unknown) => boolean;

const OR = '$or';
const OR_ALTERNATIVES_MIN = 2;

/**
 * Compiles Lambda's filter patterns: a record passes when any of them matches, and every record when there are none.
 * Fields of a pattern are ANDed, the conditions of a field ORed; an array in the event matches when one of its elements
 * does, and all fields below it must match in the same element.
 * See https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html.
 *
 * @throws InvalidEventPatternError for anything that Lambda would not take, an unknown operator included.
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

/** A path that leads into an array leads into each of its elements; an empty one is the same as an absent one. */
function onEachElement(matches: EventMatcher): EventMatcher {
  return (value) => {
    if (!Array.isArray(value)) return matches(value);
    return value.length === 0 ? matches(undefined) : value.some(onEachElement(matches));
  };
}

/** Only strings, numbers, booleans and null can be compared; an object is no leaf, so `exists: false` holds for it. */
function leavesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  return value === undefined || isObject(value) ? [] : [value];
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
