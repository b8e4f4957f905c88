import { STATUS_CODES } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod';
import type { Operation } from '../../contracts/api/operation.ts';
import type { ProblemField } from '../../contracts/api/problem.ts';
import { awsErrorKind, isRetryable } from '../../pipelines/aws/aws-errors.ts';
import { OrderStreamError, PermanentError } from '../../pipelines/errors.ts';
import {
  ConflictError,
  ForbiddenError,
  IdempotencyKeyReusedError,
  InvalidRequestError,
  MalformedOrderError,
  NotFoundError,
  RefusedRequestError,
  StockNotReservedError,
  TooManyWritesError,
  VersionMismatchError,
} from '../../pipelines/request-errors.ts';
import { UnauthenticatedError, UnsupportedMediaTypeError } from './errors.ts';
import { problem } from './responses.ts';

const RETRY_SOON = { 'retry-after': '1' };

/** The HTTP status of each class of refusal; the first that fits counts. */
const STATUSES = [
  [InvalidRequestError, 400],
  [UnauthenticatedError, 401],
  [ForbiddenError, 403],
  [NotFoundError, 404],
  [ConflictError, 409],
  [VersionMismatchError, 412],
  [UnsupportedMediaTypeError, 415],
  [IdempotencyKeyReusedError, 422],
  [TooManyWritesError, 429],
] as const;

/** The response to a request that failed, and whether the fault is the system's. */
export interface FailedRequest {
  readonly response: APIGatewayProxyStructuredResultV2;
  readonly severity: 'refused' | 'overloaded' | 'broken';
}

/**
 * Converts the error of a request into problem+json: a refusal says what to correct, a transient failure is a 503 with
 * `Retry-After`, and of anything else the caller gets only the request's id.
 *
 * @param operation The operation of the request, if it has one: only where it takes an `Idempotency-Key` is that advised.
 */
export function toProblem(
  error: unknown,
  requestId: string,
  operation?: Pick<Operation, 'idempotency'>,
): FailedRequest {
  if (error instanceof RefusedRequestError) {
    const status = STATUSES.find(([refusal]) => error instanceof refusal)?.[1] ?? 400;
    const fields =
      error instanceof InvalidRequestError || error instanceof MalformedOrderError ? error.fields : [];
    const errors = fields.length > 0 ? { errors: fields.slice(0, PROBLEM_FIELDS_MAX) } : {};
    const body = { ...members(status, error.code, detailOf(error), requestId), ...errors };
    const headers = retryAfter(error);
    // Nothing is wrong with the request: a person must correct the item.
    const severity = error instanceof MalformedOrderError ? 'broken' : 'refused';
    return { severity, response: problem(body, headers) };
  }
  if (isRetryable(error)) {
    const safe = operation?.idempotency === undefined ? '' : ' With an Idempotency-Key that is safe.';
    const detail = `A service that this needs did not respond in time. Try again shortly.${safe}`;
    return {
      severity: 'overloaded',
      response: problem(members(503, 'try-again', detail, requestId), RETRY_SOON),
    };
  }
  const detail = 'The fault is ours. Name the requestId when you report it.';
  return { severity: 'broken', response: problem(members(500, 'internal-error', detail, requestId)) };
}

function retryAfter(error: RefusedRequestError): Readonly<Record<string, string>> {
  if (error instanceof TooManyWritesError) return { 'retry-after': String(error.retryAfterSeconds) };
  return error instanceof StockNotReservedError ? RETRY_SOON : {};
}

const members = (status: number, code: string, detail: string, requestId: string) => ({
  type: `urn:order-stream:problem:${code}`,
  title: STATUS_CODES[status] ?? 'Error',
  status,
  detail,
  code,
  requestId,
});

const detailOf = (error: OrderStreamError): string => `${error.message} ${error.remedy}`;

/** The most fields that a problem names: a response stays small however much is wrong with a request. */
export const PROBLEM_FIELDS_MAX = 50;

/** The JSON Pointer of a path into a body. See https://www.rfc-editor.org/rfc/rfc6901. */
export const jsonPointer = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** What a schema says of a body, one entry a field; each unknown field has an entry of its own. */
export function bodyFields(error: z.ZodError): ProblemField[] {
  return error.issues
    .flatMap((issue): ProblemField[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, PROBLEM_FIELDS_MAX)
            .map((key) => inBody([...issue.path, key], 'is not a known field'))
        : [inBody(issue.path, issue.message)],
    )
    .slice(0, PROBLEM_FIELDS_MAX);
}

/** What a schema says of named parameters; each unknown one has an entry of its own. */
export function parameterFields(error: z.ZodError, place: 'path' | 'query'): ProblemField[] {
  return error.issues
    .flatMap((issue): ProblemField[] =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => ({ in: place, field: key, message: 'is not a known parameter' }))
        : [{ in: place, field: String(issue.path[0] ?? ''), message: issue.message }],
    )
    .slice(0, PROBLEM_FIELDS_MAX);
}

const inBody = (path: readonly PropertyKey[], message: string): ProblemField => ({
  in: 'body',
  field: jsonPointer(path),
  message,
});

const FRAME = /^\s+at /;

/** An error as it may be logged. */
export interface LoggableError {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  readonly issues?: readonly unknown[];
  readonly awsErrorKind: string;
  readonly stack: readonly string[];
  readonly cause?: LoggableError;
}

const DEPTH_MAX = 3;

/**
 * What may be logged of an error. Only our own errors' messages are known to hold no attribute's value: DynamoDB and the
 * JSON parser quote what they were given, so of other errors the class and the stack's frames must do.
 */
export function loggableError(error: unknown, depth = 1): LoggableError {
  if (!(error instanceof Error)) return { name: typeof error, awsErrorKind: 'fatal', stack: [] };
  const ours = error instanceof OrderStreamError ? { code: error.code, message: error.message } : {};
  const issues = error instanceof PermanentError ? { issues: error.issues } : {};
  const cause =
    error.cause === undefined || depth >= DEPTH_MAX ? {} : { cause: loggableError(error.cause, depth + 1) };
  const stack = (error.stack ?? '').split('\n').filter((line) => FRAME.test(line));
  return { name: error.name, ...ours, ...issues, awsErrorKind: awsErrorKind(error), stack, ...cause };
}
