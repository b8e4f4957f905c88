import { describe, expect, it } from 'vitest';
import {
  compileEventPatterns,
  InvalidEventPatternError,
} from '../../../infra/local/event-source-mapping/event-pattern.ts';

const matches = (pattern: unknown, event: unknown): boolean => compileEventPatterns([pattern])(event);
const field = (condition: unknown, value: unknown): boolean => matches({ a: [condition] }, { a: value });

describe('a literal condition', () => {
  it.each([
    ['x', 'x', true],
    ['x', 'X', false],
    ['1', 1, false],
    [1, 1, true],
    [true, true, true],
    [null, null, true],
    [null, undefined, false],
    ['', '', true],
  ])('%j against %j: %s', (condition, value, expected) => {
    expect(field(condition, value)).toBe(expected);
  });
});

describe('an operator', () => {
  it.each([
    [{ prefix: 'us-' }, 'us-east-1', true],
    [{ prefix: 'us-' }, 'eu-us-1', false],
    [{ suffix: '.png' }, 'a.png', true],
    [{ suffix: '.png' }, 'a.PNG', false],
    [{ prefix: '1' }, 1, false],
    [{ prefix: 'us-' }, ['eu-1', 1, 'us-1'], true],
    [{ 'equals-ignore-case': 'Alice' }, 'aLICE', true],
    [{ 'equals-ignore-case': 'Alice' }, 'Alic', false],
    [{ 'anything-but': 'x' }, 'y', true],
    [{ 'anything-but': 'x' }, 'x', false],
    [{ 'anything-but': ['x', 'y'] }, 'y', false],
    [{ 'anything-but': [1, 2] }, 3, true],
    [{ 'anything-but': { prefix: 'x' } }, 'xy', false],
    [{ 'anything-but': { prefix: 'x' } }, 'yx', true],
    [{ numeric: ['=', 100] }, 100, true],
    [{ numeric: ['=', 100] }, 99, false],
    [{ numeric: ['=', 100] }, ['x', 99, 100], true],
    [{ numeric: ['<', 10] }, 9, true],
    [{ numeric: ['<', 10] }, 10, false],
    [{ numeric: ['>=', 10] }, 10, true],
    [{ numeric: ['>=', 10] }, 11, true],
    [{ numeric: ['>=', 10] }, 9, false],
    [{ numeric: ['>', 10, '<=', 20] }, 10, false],
    [{ numeric: ['>', 10, '<=', 20] }, 20, true],
    [{ numeric: ['>', 10, '<=', 20] }, 21, false],
    [{ exists: true }, 'x', true],
    [{ exists: true }, null, true],
    [{ exists: false }, 'x', false],
  ])('%j against %j: %s', (condition, value, expected) => {
    expect(field(condition, value)).toBe(expected);
  });

  it('never takes a DynamoDB number, which is a string, for a number', () => {
    expect(field({ numeric: ['>', 0] }, '101')).toBe(false);
  });

  it('does not match an absent field, `anything-but` included', () => {
    expect(matches({ a: { b: [{ 'anything-but': 'x' }] } }, { a: {} })).toBe(false);
  });

  it('finds a path absent when its parent is', () => {
    expect(matches({ a: { b: { c: [{ exists: false }] } } }, {})).toBe(true);
  });

  it('finds a path absent when its parent is an empty list', () => {
    expect(matches({ a: { b: [{ exists: false }] } }, { a: [] })).toBe(true);
  });

  it('finds that no leaf exists where an object is', () => {
    expect(matches({ a: [{ exists: false }] }, { a: { S: 'x' } })).toBe(true);
  });
});

describe('a pattern', () => {
  it('needs all of its fields', () => {
    const pattern = { a: ['1'], b: ['2'] };
    expect([matches(pattern, { a: '1', b: '2' }), matches(pattern, { a: '1' })]).toEqual([true, false]);
  });

  it('needs one of the conditions of a field', () => {
    expect(field({ 'anything-but': 'x' }, 'x') || matches({ a: ['y', 'x'] }, { a: 'x' })).toBe(true);
  });

  it('needs one alternative of an $or beside its other fields', () => {
    const pattern = { a: ['1'], $or: [{ b: ['2'] }, { c: { d: ['3'] } }] };
    expect([
      matches(pattern, { a: '1', c: { d: '3' } }),
      matches(pattern, { a: '1' }),
      matches(pattern, { b: '2' }),
    ]).toEqual([true, false, false]);
  });

  it('matches an array by any of its elements', () => {
    expect(field('y', ['x', 'y'])).toBe(true);
  });

  it('matches all fields below an array in the same element', () => {
    const event = {
      list: [
        { a: '1', b: '1' },
        { a: '2', b: '2' },
      ],
    };
    expect([
      matches({ list: { a: ['1'], b: ['1'] } }, event),
      matches({ list: { a: ['1'], b: ['2'] } }, event),
    ]).toEqual([true, false]);
  });
});

describe('several patterns', () => {
  it('let a record through that any of them matches', () => {
    const matchesAny = compileEventPatterns([{ a: ['1'] }, { b: ['2'] }]);
    expect([matchesAny({ b: '2' }), matchesAny({ b: '1' })]).toEqual([true, false]);
  });

  it('let every record through when there are none', () => {
    expect(compileEventPatterns([])({ any: 'thing' })).toBe(true);
  });
});

describe('a pattern that Lambda would not take is refused', () => {
  it.each([
    ['no object', 'text', ''],
    ['an empty object', {}, ''],
    ['an empty field', { a: [] }, 'a'],
    ['a bare value', { a: 'x' }, 'a'],
    ['an unknown operator', { a: { b: [{ wildcard: '*' }] } }, 'a.b'],
    ['two operators in one condition', { a: [{ prefix: 'x', suffix: 'y' }] }, 'a'],
    ['a numeric operand that is a string', { a: [{ numeric: ['>', '1'] }] }, 'a'],
    ['an unfinished range', { a: [{ numeric: ['>', 1, '<'] }] }, 'a'],
    ['a list of mixed kinds in anything-but', { a: [{ 'anything-but': ['x', 1] }] }, 'a'],
    ['an $or of one', { $or: [{ a: ['x'] }] }, '$or'],
  ])('%s', (_name, pattern, path) => {
    const compile = () => compileEventPatterns([pattern]);
    expect(compile).toThrow(InvalidEventPatternError);
    expect(compile).toThrow(expect.objectContaining({ path, code: 'invalid-event-pattern' }));
  });

  it.each([
    [{ a: { b: [] } }, 'The filter pattern at a.b must hold at least one condition'],
    [{}, 'The filter pattern must not be empty'],
  ])('and the message says where: %j', (pattern, message) => {
    expect(() => compileEventPatterns([pattern])).toThrow(message);
  });
});
