import { expect, it } from 'vitest';
import { isPassingKind, statementErrorKind } from '../../../pipelines/aws/aws-errors.ts';

it.each([
  ['DuplicateItem', 'condition'],
  ['ConditionalCheckFailed', 'condition'],
  ['ProvisionedThroughputExceeded', 'throttled'],
  ['RequestLimitExceeded', 'throttled'],
  ['ThrottlingError', 'throttled'],
  ['TransactionConflict', 'conflict'],
  ['InternalServerError', 'retryable'],
  ['ItemCollectionSizeLimitExceeded', 'validation'],
  ['ValidationError', 'validation'],
  ['AccessDenied', 'denied'],
  ['ResourceNotFound', 'not-found'],
  [undefined, 'fatal'],
] as const)('a statement that fails with %s is %s', (Code, kind) => {
  expect(statementErrorKind(Code === undefined ? {} : { Code })).toBe(kind);
});

it('only a statement that is throttled, in conflict or retryable is sent again', () => {
  const kinds = [
    'throttled',
    'conflict',
    'retryable',
    'condition',
    'validation',
    'not-found',
    'denied',
    'fatal',
  ] as const;
  expect(kinds.filter(isPassingKind)).toEqual(['throttled', 'conflict', 'retryable']);
});
