import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ENTITIES } from '../../../contracts/entities/entities.ts';
import { valueIssues } from '../../../contracts/reading.ts';
import { arbitraryOf } from '../../builders/values/arbitrary-of.ts';
import { broken } from '../../builders/values/broken-value.ts';

// The first reads of a process are interpreted, and later ones compiled: see contracts/reading.ts.
describe.each(ENTITIES.map(({ key, item }) => [key.entityType, item] as const))(
  'an item of %s',
  (_, item) => {
    const outcome = (value: unknown, jitless: boolean): object => {
      const result = item.safeParse(value, { jitless });
      return result.success ? { data: result.data } : { issues: valueIssues(result.error) };
    };

    const values = arbitraryOf(z.object(item.shape)).chain((value) =>
      fc.oneof(fc.constant(value), broken(value)),
    );

    it('is the same, or has the same issues, interpreted as compiled', () => {
      fc.assert(
        fc.property(values, (value) => {
          expect(outcome(value, true)).toEqual(outcome(value, false));
        }),
      );
    });
  },
);
