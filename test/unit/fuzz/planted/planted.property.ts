import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('a planted fault', () => {
  it('is a text with a minus zero beside it', () => {
    const zeros = fc.constantFrom(0, -0);
    fc.assert(fc.property(fc.string(), zeros, (text, zero) => text.length < 3 || !Object.is(zero, -0)));
  });

  it('is what cannot be kept', () => {
    const made = fc.nat().map((value) => ({ value: () => value }));
    fc.assert(fc.property(made, ({ value }) => value() < 10));
  });

  it('is no property', () => {
    expect(fc.sample(fc.constant(1), 1)).toEqual([]);
  });

  it('is none', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof text === 'string'));
  });
});
