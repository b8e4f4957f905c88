import {
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  InternalServerError,
  ItemCollectionSizeLimitExceededException,
  LimitExceededException,
  ProvisionedThroughputExceededException,
  ReplicatedWriteConflictException,
  RequestLimitExceeded,
  ResourceNotFoundException,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { ServiceException } from '@smithy/core/client';
import { describe, expect, it } from 'vitest';
import {
  actionsWith,
  asSinkError,
  awsErrorKind,
  isRetryable,
  wireCodeKind,
} from '../../../pipelines/aws/aws-errors.ts';
import { isRetryableConflict, OptimisticLockError } from '../../../pipelines/dynamodb/optimistic-lock.ts';
import { SinkRefusedError, TransientError } from '../../../pipelines/errors.ts';

const METADATA = { message: '', $metadata: {} };
const cancelled = (...codes: (string | undefined)[]) =>
  new TransactionCanceledException({
    ...METADATA,
    CancellationReasons: codes.map((Code) => (Code === undefined ? {} : { Code })),
  });

/** An error of a service that has only these members. */
const serviceError = (
  says: Partial<Pick<ServiceException, '$fault' | '$retryable'>> & {
    readonly name?: string;
    readonly status?: number;
  },
) => {
  const { name = 'NeverHeardOf', status, $fault = 'client', $retryable } = says;
  const $metadata = status === undefined ? {} : { httpStatusCode: status };
  const error = new ServiceException({ name, $fault, $metadata });
  return $retryable === undefined ? error : Object.assign(error, { $retryable });
};
const networkError = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

describe('an error that DynamoDB has a class for', () => {
  it.each([
    ['condition', new ConditionalCheckFailedException(METADATA)],
    ['conflict', new TransactionConflictException(METADATA)],
    ['conflict', new TransactionInProgressException(METADATA)],
    ['conflict', new ReplicatedWriteConflictException(METADATA)],
    ['throttled', new ProvisionedThroughputExceededException(METADATA)],
    ['throttled', new RequestLimitExceeded(METADATA)],
    ['throttled', new ThrottlingException(METADATA)],
    ['throttled', new LimitExceededException(METADATA)],
    ['retryable', new InternalServerError(METADATA)],
    ['not-found', new ResourceNotFoundException(METADATA)],
    ['validation', new ItemCollectionSizeLimitExceededException(METADATA)],
    ['validation', new IdempotentParameterMismatchException(METADATA)],
  ] as const)('is %s: %o', (kind, error) => {
    expect(awsErrorKind(error)).toBe(kind);
  });
});

describe('an error of a service that has a known code or status', () => {
  it.each([
    ['its code, before its status', { name: 'ValidationException', status: 500 }, 'validation'],
    ['the code of a key that may not be used', { name: 'KmsAccessDenied', status: 400 }, 'denied'],
    ['the code of a throttled key', { name: 'KMSThrottlingException', status: 400 }, 'throttled'],
    ['the status of too many requests', { status: 429 }, 'throttled'],
    ['the trait of a throttle', { $retryable: { throttling: true } }, 'throttled'],
    ['the trait of what may be tried again', { $retryable: {} }, 'retryable'],
    ['the status of no credentials', { status: 401 }, 'denied'],
    ['the status of no permission', { status: 403 }, 'denied'],
    ['the status of no resource', { status: 404 }, 'not-found'],
    ['the status of a failed server', { status: 500 }, 'retryable'],
    ['the service’s own fault without a status', { $fault: 'server' }, 'retryable'],
    ['the status of a wrong request', { status: 400 }, 'fatal'],
    ['nothing', {}, 'fatal'],
  ] as const)('by %s: %j is %s', (_by, says, kind) => {
    expect(awsErrorKind(serviceError(says))).toBe(kind);
  });
});

describe('an error that is of no service', () => {
  it('is retryable where the network failed, and in no other case', () => {
    expect(awsErrorKind(networkError())).toBe('retryable');
    expect(isRetryable(networkError())).toBe(true);
  });

  it.each([
    ['a bug', new TypeError('x is undefined')],
    ['one of ours, with any cause', new SinkRefusedError('away', [], { cause: networkError() })],
    ['nothing at all', undefined],
  ])('is fatal where it is %s', (_what, error) => {
    expect(awsErrorKind(error)).toBe('fatal');
    expect(isRetryable(error)).toBe(false);
  });

  it('has no kind where it is a retryable one of ours: that says itself that it is', () => {
    const error = new TransientError('away', { cause: networkError() });
    expect(awsErrorKind(error)).toBe('fatal');
    expect(isRetryable(error)).toBe(true);
  });
});

describe('a cancelled transaction', () => {
  it('is throttled where one of its actions was', () => {
    expect(awsErrorKind(cancelled('ConditionalCheckFailed', 'ProvisionedThroughputExceeded'))).toBe(
      'throttled',
    );
  });

  it('is wrong where one of its actions was, although others were fine', () => {
    expect(awsErrorKind(cancelled('None', 'ItemCollectionSizeLimitExceeded'))).toBe('validation');
  });

  it('without reasons is fatal', () => {
    const error = new TransactionCanceledException(METADATA);
    expect(awsErrorKind(error)).toBe('fatal');
    expect(actionsWith(error, 'condition')).toEqual([]);
  });

  it('says which actions it was cancelled for, by the kind of their reason', () => {
    const error = cancelled(
      'ConditionalCheckFailed',
      'ValidationError',
      undefined,
      'TransactionConflict',
      'ConditionalCheckFailed',
      'ThrottlingError',
    );
    const places = (['condition', 'validation', 'conflict', 'throttled', 'fatal'] as const).map((kind) =>
      actionsWith(error, kind),
    );
    expect(places).toEqual([[0, 4], [1], [3], [5], []]);
  });
});

describe('the code of a failed entry', () => {
  it.each([
    ['InvalidMessageContents', 'validation'],
    ['RequestThrottled', 'throttled'],
    ['InternalError', 'retryable'],
    ['AccessDenied', 'denied'],
    ['KmsAccessDenied', 'denied'],
    ['KMSDisabledException', 'denied'],
    ['KMS.InvalidStateException', 'denied'],
    ['KmsThrottled', 'throttled'],
    ['KMSThrottlingException', 'throttled'],
    ['KMS.ThrottlingException', 'throttled'],
    ['NeverHeardOf', 'fatal'],
  ])('%s is %s', (code, kind) => {
    expect(wireCodeKind(code)).toBe(kind);
  });
});

describe('the response of a sink', () => {
  it('is a refusal of the record where the request is wrong in itself', () => {
    const cause = serviceError({ name: 'InvalidParameter' });
    expect(asSinkError(cause, 'The topic')).toEqual(new SinkRefusedError('The topic refused the request'));
    expect(asSinkError(cause, 'The topic')).toMatchObject({ cause, issues: [] });
  });

  it('is returned as it came where it may pass', () => {
    const error = serviceError({ status: 500 });
    expect(asSinkError(error, 'The topic')).toBe(error);
  });
});

describe('a retry on conflict makes sense', () => {
  it.each([
    ['after an optimistic lock failure', new OptimisticLockError('Another write was at the same item'), true],
    ['after a throttle', new ThrottlingException(METADATA), true],
    ['not after a wrong request', serviceError({ name: 'ValidationException' }), false],
  ])('%s', (_when, error, isRetried) => {
    expect(isRetryableConflict(error)).toBe(isRetried);
  });
});
