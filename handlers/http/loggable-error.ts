import { awsErrorKind } from '../../pipelines/core/aws-errors.ts';
import { OrderStreamError, PermanentError } from '../../pipelines/core/errors.ts';

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
