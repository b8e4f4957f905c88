import { CsvError, parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fieldsOf } from '../../../pipelines/imports/csv-row.ts';

/** What csv-parse makes of one record. */
function parsed(text: string): unknown {
  try {
    const records = parse(text, { record_delimiter: '\n' });
    return records.length === 1 ? records[0] : undefined;
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}

describe('the fields of a record', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['a,', ['a', '']],
    [',', ['', '']],
    ['"a, ""b""\r\nc",d', ['a, "b"\r\nc', 'd']],
    ['"",""', ['', '']],
    [' "a"', undefined],
    ['"a"b', undefined],
    ['"a', undefined],
    ['a"b', undefined],
    ['"', undefined],
    ['"""', undefined],
  ])('are those of RFC 4180: %j', (text, fields) => {
    expect(fieldsOf(text)).toEqual(fields);
  });

  it('are what csv-parse reads', () => {
    const text = fc
      .array(fc.constantFrom('"', '""', ',', '\n', '\r', 'a', ' ', 'é', '💡'), {
        minLength: 1,
        maxLength: 30,
      })
      .map((pieces) => pieces.join(''))
      // A record ends before its line break, and csv-parse reads one that remains at the end.
      .filter((record) => !record.endsWith('\n'));
    fc.assert(
      fc.property(text, (record) => {
        expect(fieldsOf(record)).toEqual(parsed(record));
      }),
      { seed: 7, numRuns: 2_000 },
    );
  });
});
