import { Logger } from '@aws-lambda-powertools/logger';
import type { Context, DynamoDBBatchResponse, DynamoDBStreamEvent } from 'aws-lambda';
import { searchIndexConsumer } from '../../pipelines/consumers/search-index.ts';
import { systemClock as clock } from '../../pipelines/core/clock.ts';
import { consume } from '../../pipelines/core/consume.ts';
import { DeadLetterQueue } from '../../pipelines/core/dead-letter-queue.ts';
import { SearchIndex } from '../../pipelines/search/search-index.ts';
import * as clients from '../clients.ts';
import { environment } from '../environment.ts';
import { openSearch } from '../opensearch-client.ts';
import { RESERVE_MS } from './reserve.ts';

const env = environment('DEAD_LETTER_QUEUE_URL', 'DEAD_LETTER_BUCKET');
const deps = {
  consumer: searchIndexConsumer(new SearchIndex({ client: openSearch() })),
  deadLetters: new DeadLetterQueue({
    sqs: clients.sqs(),
    s3: clients.s3(),
    queueUrl: env.DEAD_LETTER_QUEUE_URL,
    bucket: env.DEAD_LETTER_BUCKET,
    consumer: 'search-index',
    clock,
  }),
  logger: new Logger(),
  clock,
  reserveMs: RESERVE_MS,
};

/** Keeps the search index where the table is. */
export const handler = (event: DynamoDBStreamEvent, context: Context): Promise<DynamoDBBatchResponse> =>
  consume(event, context, deps);
