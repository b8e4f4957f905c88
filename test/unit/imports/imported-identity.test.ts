import { describe, expect, it } from 'vitest';
import { importedIdentities } from '../../../contracts/imports/imported-order.ts';
import { read } from '../../../contracts/reading.ts';

describe('an imported id', () => {
  it.each([
    ['composed or not', 'Zoe\u0308-1'],
    ['with a byte order mark', '\uFEFFZo\u00EB-1'],
    ['with an invisible character between a base character and its accent', 'Zoe\u200D\u0308-1'],
    ['with blanks around it', '\u00A0 Zo\u00EB-1\u3000'],
  ])('is the same %s', (_how, text) => {
    expect(read(importedIdentities.sourceId, text).data).toBe('Zo\u00EB-1');
  });
});
