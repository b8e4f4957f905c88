import type { EventSchema } from './event-contract.ts';

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** Every keyword of JSON Schema that bounds a value by a number. */
export const BOUNDS: readonly string[] = [...LOWER, ...UPPER];

/** Which bounds of `before` a value that keeps `after` may exceed. */
export const loosenedBounds = (before: EventSchema, after: EventSchema): readonly string[] =>
  BOUNDS.flatMap((keyword) => {
    const [was, is] = [before[keyword], after[keyword]];
    if (typeof was !== 'number' || (typeof is === 'number' && isWithin(keyword, is, was))) return [];
    return [`${keyword} was ${was}, is ${typeof is === 'number' ? is : 'none'}`];
  });

const isWithin = (keyword: string, is: number, was: number): boolean =>
  LOWER.includes(keyword) ? is >= was : is <= was;
