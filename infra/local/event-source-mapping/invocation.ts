import type { DynamoDBStreamEvent } from 'aws-lambda';

/** How the function ended that was run. */
export type FunctionResult =
  /** It answered; `payload` is the parsed JSON of its answer. */
  | { readonly outcome: 'success'; readonly payload: unknown }
  /** It threw, crashed or ran out of its time. */
  | { readonly outcome: 'function-error'; readonly errorType: string; readonly payload: unknown };

/** How one invocation of the function ended. */
export type InvocationResult =
  | FunctionResult
  /** It was not run: all of its concurrency is taken. */
  | { readonly outcome: 'throttled' };

/** Runs the function once. A rejection counts as `throttled`: the function was not reached. */
export type Invoke = (event: DynamoDBStreamEvent) => Promise<InvocationResult>;
