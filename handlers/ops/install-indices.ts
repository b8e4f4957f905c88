import { Logger } from '@aws-lambda-powertools/logger';
import type { Context } from 'aws-lambda';
import { parse } from '../../contracts/reading.ts';
import { type RetryPolicy, withRetry } from '../../pipelines/core/retry.ts';
import { SearchUnavailableError } from '../../pipelines/search/errors.ts';
import { type IndexDefinition, installIndices } from '../../pipelines/search/install-indices.ts';
import type { OpenSearchClient } from '../../pipelines/search/open-search.ts';
import { openSearch } from '../opensearch-client.ts';
import {
  answerCustomResource,
  type CustomResourceOutcome,
  CustomResourceRequest,
  reasonOf,
  type Send,
} from './custom-resource.ts';
import { indexDefinitions } from './index-definitions.ts';

/** What the function is made of; the client is made on use, so that a wrong environment is answered too. */
export interface InstallIndicesDeps {
  readonly client: () => OpenSearchClient;
  readonly definitions: readonly IndexDefinition[];
  readonly send: Send;
  readonly logger: Pick<Logger, 'info' | 'error'>;
  readonly retryPolicy?: RetryPolicy;
}

const PHYSICAL_RESOURCE_ID = 'search-indices';
/** Time kept back to answer, its retries included. */
const ANSWER_RESERVE_MS = 12_000;
/** A domain that was made a moment ago may not answer, or not let its new role in, for some seconds. */
const NEW_DOMAIN_RETRY: RetryPolicy = {
  attemptsMax: 30,
  delayMsBase: 1_000,
  delayMsMax: 10_000,
  budgetMs: 120_000,
};

/**
 * The function of a custom resource that installs the search indices when a stack is made or updated. When the resource
 * goes, the indices stay: they go with their domain, and a cluster that is not the stack's keeps them.
 *
 * CloudFormation waits for an answer for up to an hour, so there is always one, in time and also on failure.
 */
export const installIndicesHandler =
  (deps: InstallIndicesDeps) =>
  async (event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<void> => {
    const request = parse(CustomResourceRequest, event);
    const installingMs = Math.max(0, context.getRemainingTimeInMillis() - ANSWER_RESERVE_MS);
    const outcome = await outcomeOf(request, deps, AbortSignal.timeout(installingMs));
    await answerCustomResource(request, PHYSICAL_RESOURCE_ID, outcome, deps.send);
  };

async function outcomeOf(
  request: CustomResourceRequest,
  { client, definitions, logger, retryPolicy = NEW_DOMAIN_RETRY }: InstallIndicesDeps,
  signal: AbortSignal,
): Promise<CustomResourceOutcome> {
  if (request.RequestType === 'Delete') return { status: 'SUCCESS', data: {} };
  try {
    const openSearchClient = client();
    const installations = await withRetry(() => installIndices(openSearchClient, definitions, { signal }), {
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
