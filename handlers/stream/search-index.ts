import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { SearchIndex, searchIndexConsumer } from '../../pipelines/search/indexing/search-index.ts';
import { consume } from '../../pipelines/stream/consume.ts';
import { emailHashSource } from '../email-hash.ts';
import { openSearch } from '../opensearch-client.ts';
import { consumerDeps, trace } from './dependencies.ts';
import { tracedOpenSearch } from './trace.ts';

const deps = consumerDeps(
  searchIndexConsumer(
    new SearchIndex({ client: tracedOpenSearch(openSearch(), trace), emailHash: emailHashSource() }),
  ),
);

/** Keeps the search index consistent with the table. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  consume(event, context, deps);
