import { OrderStreamError } from '../../../pipelines/errors.ts';
import type { InvocationResult } from '../event-source-mapping/event-source-mapping.ts';

export type { InvocationResult };

/** Lambda's bound of a synchronous request and of its response. See https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
export const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024;

/** The event is larger than Lambda takes: the function was not called. */
export class RequestTooLargeError extends OrderStreamError {
  readonly code = 'request-too-large';
  readonly remedy = 'Send less than 6 MB.';
}

/** A function error in the form that Lambda's runtime reports it. */
export const functionError = (
  errorType: string,
  errorMessage: string,
  trace: readonly string[] = [],
): InvocationResult => ({
  outcome: 'function-error',
  errorType,
  payload: { errorType, errorMessage, trace },
});
