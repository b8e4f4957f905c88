import * as z from 'zod';
import { OrderStreamError, TransientError } from '../../pipelines/core/errors.ts';
import { type RetryPolicy, withRetry } from '../../pipelines/core/retry.ts';

/** What CloudFormation sends to the function of a custom resource. See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html. */
export const CustomResourceRequest = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
});
export type CustomResourceRequest = z.infer<typeof CustomResourceRequest>;

/** How a request ended. */
export type CustomResourceOutcome =
  | { readonly status: 'SUCCESS'; readonly data: Readonly<Record<string, string>> }
  | { readonly status: 'FAILED'; readonly reason: string };

/** The way to CloudFormation: `fetch`, unless a test stands in for it. */
export type Send = (url: string, request: RequestInit) => Promise<Pick<Response, 'ok' | 'status'>>;

/** CloudFormation's answer box did not take the answer: the stack waits for it until its time-out, an hour by default. */
export class CustomResourceAnswerError extends TransientError {
  override readonly code = 'custom-resource-answer';
  override readonly remedy = "Answer the request's ResponseURL by hand, or let the stack operation time out.";
}

const ANSWER_RETRY: RetryPolicy = { attemptsMax: 4, delayMsBase: 200, delayMsMax: 2_000, budgetMs: 8_000 };
const ANSWER_TIMEOUT_MS = 2_000;
const REASON_CHARS_MAX = 1_000;

/**
 * Why a request failed, for the stack's events: the message, and what a person can do about it, where that is known. The stack's events
 * outlive a rollback. Credentials in a URL are left out.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof OrderStreamError)
    return `${error.code}: ${withoutCredentials(error.message)}. ${error.remedy}`;
  if (error instanceof Error) return `${error.name}: ${withoutCredentials(error.message)}`;
  return `Thrown: ${withoutCredentials(String(error))}`;
}

const withoutCredentials = (text: string): string => text.replaceAll(/\/\/[^\s/@]*@/g, '//');

/**
 * Answers a request of CloudFormation. The physical id never changes: another one would make CloudFormation delete the old resource.
 * See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html.
 *
 * @throws CustomResourceAnswerError when the answer is not taken, after retries.
 */
export async function answerCustomResource(
  request: CustomResourceRequest,
  physicalResourceId: string,
  outcome: CustomResourceOutcome,
  send: Send,
): Promise<void> {
  const body = JSON.stringify({
    Status: outcome.status,
    ...(outcome.status === 'SUCCESS'
      ? { Data: outcome.data }
      : { Reason: outcome.reason.slice(0, REASON_CHARS_MAX) }),
    PhysicalResourceId: physicalResourceId,
    StackId: request.StackId,
    RequestId: request.RequestId,
    LogicalResourceId: request.LogicalResourceId,
  });
  await withRetry(() => put(request.ResponseURL, body, send), {
    policy: ANSWER_RETRY,
    isRetryable: (error) => error instanceof CustomResourceAnswerError,
  });
}

async function put(url: string, body: string, send: Send): Promise<void> {
  const answer = await send(url, {
    method: 'PUT',
    // The URL is signed for a request without a content type, and fetch gives one to a string.
    body: Buffer.from(body),
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  }).catch((cause: unknown) => {
    // The cause can quote the URL, which is a credential.
    throw new CustomResourceAnswerError(
      `The answer was not sent: ${cause instanceof Error ? cause.name : 'unknown'}`,
    );
  });
  if (!answer.ok) throw new CustomResourceAnswerError(`The answer was refused: ${answer.status}`);
}
