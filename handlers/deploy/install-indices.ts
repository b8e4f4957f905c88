import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { parse } from '../../contracts/reading.ts';
import { type RetryPolicy, withRetry } from '../../pipelines/aws/retry.ts';
import { OrderStreamError, TransientError } from '../../pipelines/errors.ts';
import {
  type IndexDefinition,
  installIndices,
  SHARDS_MAX,
  withSearchShards,
} from '../../pipelines/search/admin/install-indices.ts';
import { SearchUnavailableError } from '../../pipelines/search/errors.ts';
import type { OpenSearchClient } from '../../pipelines/search/open-search.ts';
import { openSearch } from '../opensearch-client.ts';
import { indexDefinitions } from './index-definitions.ts';

/** What CloudFormation sends to the function of a custom resource. See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html. */
const CustomResourceRequest = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']),
  ResponseURL: z.url(),
  StackId: z.string(),
  RequestId: z.string(),
  LogicalResourceId: z.string(),
  /** The resource's properties in the template; CloudFormation sends numbers as texts. */
  ResourceProperties: z
    .object({ Shards: z.coerce.number().int().min(1).max(SHARDS_MAX).optional() })
    .optional(),
});
type CustomResourceRequest = z.infer<typeof CustomResourceRequest>;

/** How a request ended. */
type CustomResourceOutcome =
  | { readonly status: 'SUCCESS'; readonly data: Readonly<Record<string, string>> }
  | { readonly status: 'FAILED'; readonly reason: string };

/** Sends a request to CloudFormation: `fetch`, except in tests. */
export type Send = (url: string, request: RequestInit) => Promise<Pick<Response, 'ok' | 'status'>>;

/** CloudFormation did not accept the response: the stack waits for it until its time-out, an hour by default. */
export class CustomResourceResponseError extends TransientError {
  override readonly code = 'custom-resource-response';
  override readonly remedy =
    "Send the response to the request's ResponseURL by hand, or let the stack operation time out.";
}

const RESPONSE_RETRY: RetryPolicy = { attemptsMax: 4, delayMsBase: 200, delayMsMax: 2_000, budgetMs: 8_000 };
const RESPONSE_TIMEOUT_MS = 2_000;
const REASON_CHARS_MAX = 1_000;

/**
 * Why a request failed, for the stack's events: the message, and the remedy where it is known. The stack's events
 * remain after a rollback. Credentials in a URL are removed.
 */
function reasonOf(error: unknown): string {
  if (error instanceof OrderStreamError)
    return `${error.code}: ${withoutCredentials(error.message)}. ${error.remedy}`;
  if (error instanceof Error) return `${error.name}: ${withoutCredentials(error.message)}`;
  return `Thrown: ${withoutCredentials(String(error))}`;
}

const withoutCredentials = (text: string): string => text.replaceAll(/\/\/[^\s/@]*@/g, '//');

/**
 * Responds to a request of CloudFormation. The physical id never changes: another one would make CloudFormation delete the old resource.
 * See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html.
 *
 * @throws CustomResourceResponseError when the response is not accepted, after retries.
 */
async function respondToCustomResource(
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
    policy: RESPONSE_RETRY,
    isRetryable: (error) => error instanceof CustomResourceResponseError,
  });
}

async function put(url: string, body: string, send: Send): Promise<void> {
  const response = await send(url, {
    method: 'PUT',
    // The URL is signed for a request without a content type, and fetch gives one to a string.
    body: Buffer.from(body),
    signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
  }).catch((cause: unknown) => {
    // The cause can quote the URL, which is a credential.
    throw new CustomResourceResponseError(
      `The response was not sent: ${cause instanceof Error ? cause.name : 'unknown'}`,
    );
  });
  if (!response.ok) throw new CustomResourceResponseError(`The response was refused: ${response.status}`);
}

/** The dependencies of the function. The client is created on use, so that a wrong environment gets a response too. */
export interface InstallIndicesDeps {
  readonly client: () => OpenSearchClient;
  readonly definitions: readonly IndexDefinition[];
  readonly send: Send;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly retryPolicy?: RetryPolicy;
}

const PHYSICAL_RESOURCE_ID = 'search-indices';
/** Time reserved for the response, its retries included. */
const RESPONSE_RESERVE_MS = 12_000;
/** A new domain may not respond, or may refuse its new role, for some seconds. */
const NEW_DOMAIN_RETRY: RetryPolicy = {
  attemptsMax: 30,
  delayMsBase: 1_000,
  delayMsMax: 10_000,
  budgetMs: 120_000,
};

/**
 * The function of a custom resource that installs the search indices when a stack is created or updated. When the resource
 * is deleted, the indices stay: they are deleted with their domain, and a cluster outside the stack keeps them.
 *
 * CloudFormation waits for a response for up to an hour, so the function always sends one, in time and also on failure.
 */
export const installIndicesHandler =
  (deps: InstallIndicesDeps) =>
  async (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
    const request = parse(CustomResourceRequest, event);
    const installingMs = Math.max(0, context.getRemainingTimeInMillis() - RESPONSE_RESERVE_MS);
    const outcome = await outcomeOf(request, deps, AbortSignal.timeout(installingMs));
    await respondToCustomResource(request, PHYSICAL_RESOURCE_ID, outcome, deps.send);
  };

async function outcomeOf(
  request: CustomResourceRequest,
  { client, definitions, logger, retryPolicy = NEW_DOMAIN_RETRY }: InstallIndicesDeps,
  signal: AbortSignal,
): Promise<CustomResourceOutcome> {
  if (request.RequestType === 'Delete') return { status: 'SUCCESS', data: {} };
  try {
    const openSearchClient = client();
    const sharded = withSearchShards(definitions, request.ResourceProperties?.Shards);
    const installations = await withRetry(() => installIndices(openSearchClient, sharded, { signal }), {
      policy: retryPolicy,
      signal,
      isRetryable: (error) => error instanceof SearchUnavailableError,
    });
    const data = Object.fromEntries(installations.map(({ name, outcome }) => [name, outcome]));
    logger.info('Installed the search indices', { installations: data });
    return { status: 'SUCCESS', data };
  } catch (error) {
    logger.error('The search indices were not installed', error instanceof Error ? error : String(error));
    return { status: 'FAILED', reason: reasonOf(error) };
  }
}

export const handler = installIndicesHandler({
  client: openSearch,
  definitions: indexDefinitions,
  send: fetch,
  logger: new Logger(),
});
