import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { valueIssues } from '../../../contracts/reading.ts';
import { isRetryable } from '../../../pipelines/aws/aws-errors.ts';
import { OptimisticLockError } from '../../../pipelines/dynamodb/optimistic-lock.ts';
import {
  ContractViolationError,
  DeadLetterRefusedError,
  EarlierRecordFailedError,
  OutOfTimeError,
  SinkRefusedError,
  TransientError,
} from '../../../pipelines/errors.ts';
import {
  AlreadyExistsError,
  IdempotencyKeyReusedError,
  InvalidRequestError,
  NotFoundError,
  OrderConfirmedError,
  OrderMovedOnError,
  StockNotReservedError,
  VersionMismatchError,
} from '../../../pipelines/request-errors.ts';

describe('whether an error is retryable', () => {
  it('is a member of the error itself, if it is ours', () => {
    const errors = [new TransientError(''), new OutOfTimeError(''), new OptimisticLockError('')];
    expect(errors.map(isRetryable)).toEqual([true, true, true]);
    const lasting = [new ContractViolationError(''), new SinkRefusedError(''), new NotFoundError('order')];
    expect(lasting.map(isRetryable)).toEqual([false, false, false]);
  });

  it('does not follow from what caused it', () => {
    const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    expect(isRetryable(new SinkRefusedError('', [], { cause }))).toBe(false);
    expect(isRetryable(cause)).toBe(true);
  });
});

describe('an error of ours', () => {
  it.each([
    ['transient', new TransientError('')],
    ['out-of-time', new OutOfTimeError('')],
    ['earlier-record-failed', new EarlierRecordFailedError('')],
    ['dead-letter-refused', new DeadLetterRefusedError('')],
    ['optimistic-lock-failure', new OptimisticLockError('')],
    ['contract-violation', new ContractViolationError('')],
    ['sink-refused', new SinkRefusedError('')],
    ['invalid-request', new InvalidRequestError('', [])],
    ['not-found', new NotFoundError('order')],
    ['already-exists', new AlreadyExistsError('user')],
    ['order-moved-on', new OrderMovedOnError()],
    ['stock-not-reserved', new StockNotReservedError()],
    ['order-confirmed', new OrderConfirmedError()],
    ['version-mismatch', new VersionMismatchError()],
    ['idempotency-key-reused', new IdempotencyKeyReusedError()],
  ])('is named by its code, %s, which outlives a minified bundle, and says what to do', (code, error) => {
    expect(error).toMatchObject({ code, name: code, remedy: expect.stringMatching(/\.$/) });
  });

  it('that is permanent names for each field what is wrong, where that is known', () => {
    const issues = [{ path: 'NewImage.total', message: 'expected number' }];
    const cause = new RangeError('whatever');
    expect(new ContractViolationError('broken', issues, { cause })).toMatchObject({ issues, cause });
    expect(new ContractViolationError('broken').issues).toEqual([]);
  });

  it('of a request keeps its fields and its cause', () => {
    const fields = [{ in: 'body' as const, field: 'lines.0.sku', message: 'is unknown' }];
    const cause = new RangeError('whatever');
    expect(new InvalidRequestError('No.', fields, { cause })).toMatchObject({
      message: 'No.',
      fields,
      cause,
    });
  });

  it.each([
    [new NotFoundError('dead letter'), 'There is no such dead letter.'],
    [new AlreadyExistsError('account'), 'Another account has this id.'],
  ])('says what it is about: %s', (error, message) => {
    expect(error.message).toBe(message);
  });
});

describe('a schema’s complaints', () => {
  const { error } = z
    .object({ lines: z.array(z.object({ sku: z.string() })) })
    .safeParse({ lines: [{ sku: 1 }] });

  it.each([
    [undefined, 'lines.0.sku'],
    ['NewImage', 'NewImage.lines.0.sku'],
  ])('name the place of each: below %s it is %s', (where, path) => {
    expect(error && valueIssues(error, where)).toEqual([
      { path, message: expect.stringContaining('expected string') },
    ]);
  });
});
