import {
  type BatchStatementError,
  type BatchStatementErrorCodeEnum,
  ConditionalCheckFailedException,
  IdempotentParameterMismatchException,
  ItemCollectionSizeLimitExceededException,
  ProvisionedThroughputExceededException,
  ReplicatedWriteConflictException,
  RequestLimitExceeded,
  ResourceNotFoundException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from '@aws-sdk/client-dynamodb';
import { ServiceException } from '@smithy/core/client';
import { isTransientError } from '@smithy/core/retry';
import { OrderStreamError, SinkRefusedError } from '../errors.ts';

/** What an error of an AWS service means for its caller. */
export type AwsErrorKind =
  /** Too fast: the same call succeeds later. */
  | 'throttled'
  /** Another writer changed the same item at that moment: the same call succeeds at once or a little later. */
  | 'conflict'
  /** The service or the network failed: the same call may succeed. */
  | 'retryable'
  /** A condition of the write did not hold: the item is not in the state that the caller expected. */
  | 'condition'
  /** The request itself is wrong and stays wrong. */
  | 'validation'
  /** The resource does not exist: the deployment is wrong, not the record. */
  | 'not-found'
  /** No permission: the deployment is wrong, not the record. */
  | 'denied'
  /** Unknown to this code: no retry is made here. Stream consumers leave such a record to the event source mapping. */
  | 'fatal';

const THROTTLED_HTTP_STATUS = 429;
const DENIED_HTTP_STATUS = new Set([401, 403]);
const NOT_FOUND_HTTP_STATUS = 404;
const SERVER_FAULT_HTTP_STATUS = 500;

/** Error codes that several services share, or have no class for: the SDK puts them into `name`. They are not message texts. */
const WIRE_CODES: Readonly<Record<string, AwsErrorKind>> = {
  ValidationException: 'validation',
  InvalidParameter: 'validation',
  InvalidParameterException: 'validation',
  InvalidParameterValue: 'validation',
  InvalidParameterValueException: 'validation',
  InvalidMessageContents: 'validation',
  BatchRequestTooLong: 'validation',
  BadRequestException: 'validation',
  MessageRejected: 'validation',
  AccessDenied: 'denied',
  AccessDeniedException: 'denied',
  AuthorizationError: 'denied',
  AuthorizationErrorException: 'denied',
  AccountSuspendedException: 'denied',
  MailFromDomainNotVerifiedException: 'denied',
  SendingPausedException: 'denied',
  NotFound: 'not-found',
  NotFoundException: 'not-found',
  QueueDoesNotExist: 'not-found',
  NoSuchBucket: 'not-found',
  NoSuchKey: 'not-found',
  PreconditionFailed: 'condition',
  ConditionalRequestConflict: 'conflict',
  Throttled: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  RequestThrottled: 'throttled',
  SlowDown: 'throttled',
  TooManyRequestsException: 'throttled',
  LimitExceededException: 'throttled',
  InternalError: 'retryable',
  InternalErrorException: 'retryable',
  InternalFailure: 'retryable',
  ServiceUnavailable: 'retryable',
};

/** How the codes of a KMS key's errors begin, as SNS, SQS and the wire have them: `KMSThrottlingException`, `KmsThrottled`, `KMS.ThrottlingException`. */
const KMS_CODE = /^kms\.?(throttl)?/i;

/** See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html. */
const STATEMENT_CODES: Readonly<Record<BatchStatementErrorCodeEnum, AwsErrorKind>> = {
  AccessDenied: 'denied',
  ConditionalCheckFailed: 'condition',
  DuplicateItem: 'condition',
  InternalServerError: 'retryable',
  ItemCollectionSizeLimitExceeded: 'validation',
  ProvisionedThroughputExceeded: 'throttled',
  RequestLimitExceeded: 'throttled',
  ResourceNotFound: 'not-found',
  ThrottlingError: 'throttled',
  TransactionConflict: 'conflict',
  ValidationError: 'validation',
};

/** See https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CancellationReason.html. */
const REASON_KINDS: Readonly<Record<string, AwsErrorKind>> = {
  TransactionConflict: 'conflict',
  ThrottlingError: 'throttled',
  ProvisionedThroughputExceeded: 'throttled',
  ConditionalCheckFailed: 'condition',
  ValidationError: 'validation',
  ItemCollectionSizeLimitExceeded: 'validation',
};
/** Which kind a cancelled transaction has, of those of its reasons. */
const REASONS_FIRST = ['conflict', 'throttled', 'condition', 'validation'] as const;

/**
 * Classifies an error of the AWS SDK. A cancelled transaction is classified by its reasons. A conflict or a throttle
 * among them hides the results of the conditions, so that it counts before a failed condition.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html.
 */
export function awsErrorKind(error: unknown): AwsErrorKind {
  if (error instanceof TransactionCanceledException) return transactionKind(error);
  if (error instanceof ConditionalCheckFailedException) return 'condition';
  if (error instanceof TransactionConflictException || error instanceof TransactionInProgressException)
    return 'conflict';
  if (error instanceof ReplicatedWriteConflictException) return 'conflict';
  if (error instanceof ProvisionedThroughputExceededException || error instanceof RequestLimitExceeded)
    return 'throttled';
  if (error instanceof ResourceNotFoundException) return 'not-found';
  if (
    error instanceof ItemCollectionSizeLimitExceededException ||
    error instanceof IdempotentParameterMismatchException
  ) {
    return 'validation';
  }
  if (error instanceof ServiceException) return serviceExceptionKind(error);
  return isForeignError(error) && isTransientError(error) ? 'retryable' : 'fatal';
}

/** Classifies the error code of a batch's failed entry, as SNS and SQS return it. */
export function wireCodeKind(code: string): AwsErrorKind {
  return knownCodeKind(code) ?? 'fatal';
}

/** A key that may not be used, is disabled or does not exist needs the same person: the one who has the key. */
function knownCodeKind(code: string): AwsErrorKind | undefined {
  const kms = KMS_CODE.exec(code);
  if (kms === null) return WIRE_CODES[code];
  return kms[1] === undefined ? 'denied' : 'throttled';
}

/** Classifies the error of one statement of a PartiQL batch; an INSERT of an item that exists fails its condition. */
export function statementErrorKind({ Code }: BatchStatementError): AwsErrorKind {
  return (Code && STATEMENT_CODES[Code]) ?? 'fatal';
}

/** Whether the same call may succeed when it is made again without any change: our errors carry this as a property. */
export function isRetryable(error: unknown): boolean {
  return error instanceof OrderStreamError ? error.retryable : isPassingKind(awsErrorKind(error));
}

/** Whether what failed in this way may succeed when it is tried again without any change. */
export function isPassingKind(kind: AwsErrorKind): boolean {
  return kind === 'throttled' || kind === 'conflict' || kind === 'retryable';
}

/** The positions of the actions of a cancelled transaction that it was cancelled for, for a reason of that kind. */
export function actionsWith(error: TransactionCanceledException, kind: AwsErrorKind): readonly number[] {
  return kindsOf(error).flatMap((one, index) => (one === kind ? [index] : []));
}

const kindsOf = (error: TransactionCanceledException): readonly (AwsErrorKind | undefined)[] =>
  (error.CancellationReasons ?? []).map(({ Code }) => (Code === undefined ? undefined : REASON_KINDS[Code]));

type SdkError = Parameters<typeof isTransientError>[0];

// Network errors have no class of their own. Our errors classify themselves, independent of their cause.
const isForeignError = (error: unknown): error is SdkError =>
  error instanceof Error && !(error instanceof OrderStreamError);

function transactionKind(error: TransactionCanceledException): AwsErrorKind {
  const kinds = kindsOf(error);
  return REASONS_FIRST.find((kind) => kinds.includes(kind)) ?? 'fatal';
}

function serviceExceptionKind(error: ServiceException): AwsErrorKind {
  const byCode = knownCodeKind(error.name);
  if (byCode !== undefined) return byCode;
  const status = error.$metadata.httpStatusCode ?? 0;
  if (error.$retryable?.throttling || status === THROTTLED_HTTP_STATUS) return 'throttled';
  if (DENIED_HTTP_STATUS.has(status)) return 'denied';
  if (status === NOT_FOUND_HTTP_STATUS) return 'not-found';
  if (error.$retryable || error.$fault === 'server' || status >= SERVER_FAULT_HTTP_STATUS) return 'retryable';
  return 'fatal';
}

/**
 * What an error of an AWS call means for the record that caused it: an invalid request stays invalid, so it becomes
 * a SinkRefusedError; any other error is returned unchanged and counts as transient.
 */
export function asSinkError(error: unknown, sink: string): unknown {
  if (awsErrorKind(error) !== 'validation') return error;
  return new SinkRefusedError(`${sink} refused the request`, [], { cause: error });
}
