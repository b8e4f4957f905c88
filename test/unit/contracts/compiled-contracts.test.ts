import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { StreamRecord } from '../../../contracts/stream.ts';
import { insertOf, removeOf } from '../../builders/stream/stream-record.ts';
import { broken } from '../../builders/values/broken-value.ts';
import { orderItem, userItem } from '../../builders/values/items.ts';

const contracts = [
  ['a stream record', StreamRecord, [insertOf(orderItem()), removeOf(userItem(), { expired: true })]],
] as const;

describe.each(contracts)('the compiled contract of %s', (_what, schema, sound) => {
  it('is compiled, without the slower parser', () => {
    expect(() => z.compile(schema, { strict: true })).not.toThrow();
  });

  it('takes and refuses what the contract does, with the same values and issues', () => {
    const compiled = z.compile(schema);
    const resultOf = (one: z.ZodType, value: unknown) => {
      const { data, error } = read(one, value);
      return { data, issues: error?.issues };
    };
    fc.assert(
      fc.property(
        fc.constantFrom<unknown>(...sound).chain((value) => fc.oneof(fc.constant(value), broken(value))),
        (value) => {
          expect(resultOf(compiled, value)).toEqual(resultOf(schema, value));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
