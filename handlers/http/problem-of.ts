import { STATUS_CODES } from 'node:http';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { isWorthRetrying } from '../../pipelines/core/aws-errors.ts';
import { type OrderStreamError, TransientError } from '../../pipelines/core/errors.ts';
import {
  ConflictError,
  IdempotencyKeyReusedError,
  InvalidRequestError,
  NotFoundError,
  RefusedRequestError,
  StockNotReservedError,
  VersionMismatchError,
} from '../../pipelines/core/request-errors.ts';
import { problem } from './answers.ts';
import { ForbiddenError, UnauthenticatedError, UnsupportedMediaTypeError } from './http-errors.ts';

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
] as const;

/** The answer to a request that failed, and whether the fault is the system's. */
export interface FailedRequest {
  readonly answer: APIGatewayProxyStructuredResultV2;
  readonly severity: 'refused' | 'overloaded' | 'broken';
}

/**
 * Turns what a request failed with into problem+json: a refusal says what to mend, a failure that passes by itself is a
 * 503 with `Retry-After`, and of anything else the caller learns no more than the request's id.
 */
export function problemOf(error: unknown, requestId: string): FailedRequest {
  if (error instanceof RefusedRequestError) {
    const status = STATUSES.find(([refusal]) => error instanceof refusal)?.[1] ?? 400;
    const errors = error instanceof InvalidRequestError ? { errors: [...error.fields] } : {};
    const body = { ...members(status, error.code, detailOf(error), requestId), ...errors };
    const headers = error instanceof StockNotReservedError ? RETRY_SOON : {};
    return { severity: 'refused', answer: problem(body, headers) };
  }
  if (error instanceof TransientError || isWorthRetrying(error)) {
    const detail = 'Try again shortly; with an Idempotency-Key that is safe for any POST.';
    return {
      severity: 'overloaded',
      answer: problem(members(503, 'try-again', detail, requestId), RETRY_SOON),
    };
  }
  const detail = 'The fault is ours. Name the requestId when you report it.';
  return { severity: 'broken', answer: problem(members(500, 'internal-error', detail, requestId)) };
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
