import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { searchIndexConsumer } from '../../pipelines/consumers/search-index.ts';
import { consume } from '../../pipelines/core/consume.ts';
import { SearchIndex } from '../../pipelines/search/search-index.ts';
import { openSearch } from '../opensearch-client.ts';
import { consumerDeps, trace } from './dependencies.ts';
import { tracedOpenSearch } from './traced-clients.ts';

const deps = consumerDeps(
  searchIndexConsumer(new SearchIndex({ client: tracedOpenSearch(openSearch(), trace) })),
);

/** Keeps the search index where the table is. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  consume(event, context, deps);
