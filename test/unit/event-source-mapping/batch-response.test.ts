import { describe, expect, it } from 'vitest';
import { readBatchResponse } from '../../../infra/local/event-source-mapping/batch-response.ts';

const failures = (...itemIdentifiers: unknown[]) => ({
  batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('a batch is a complete success when the response is', () => {
  it.each([
    ['null', null],
    ['nothing', undefined],
    ['an empty string', ''],
    ['an empty list', []],
    ['an empty object', {}],
    ['an object of other keys', { statusCode: 200 }],
    ['a misspelled key', { batchItemFailure: [{ itemIdentifier: '2' }] }],
    ['an empty list of failures', { batchItemFailures: [] }],
    ['a null list of failures', { batchItemFailures: null }],
  ])('%s', (_name, response) => {
    expect(readBatchResponse(response, ['1', '2', '3'])).toEqual({ kind: 'success' });
  });
});

describe('a batch is a complete failure when the response is', () => {
  it.each([
    ['a string', 'done'],
    ['a number', 1],
    ['a boolean', true],
    ['a list of something', [{ itemIdentifier: '2' }]],
    ['failures that are no list', { batchItemFailures: 'all' }],
    ['an empty identifier', failures('')],
    ['a null identifier', failures(null)],
    ['an identifier that is a number', failures(2)],
    ['an identifier under another name', { batchItemFailures: [{ foo: '2' }] }],
    ['an identifier that is not of this batch', failures('4')],
    ['a good and a bad identifier', failures('2', '')],
  ])('%s', (_name, response) => {
    expect(readBatchResponse(response, ['1', '2', '3'])).toEqual({ kind: 'failed' });
  });
});

describe('a batch failed from a record on', () => {
  it('from the one that is reported', () => {
    expect(readBatchResponse(failures('2'), ['1', '2', '3'])).toEqual({ kind: 'failed-from', index: 1 });
  });

  it('from the lowest sequence number, compared as a number, of those that are reported', () => {
    expect(readBatchResponse(failures('100', '20'), ['9', '20', '100'])).toEqual({
      kind: 'failed-from',
      index: 1,
    });
  });
});
