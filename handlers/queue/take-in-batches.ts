import { Logger } from '@aws-lambda-powertools/logger';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { systemClock as clock } from '../../pipelines/clock.ts';
import { takeInBatches } from '../../pipelines/dead-letters/queue/take-in-batches.ts';
import { DeadLetterWrites } from '../../pipelines/operations/dead-letter-writes.ts';
import { dynamoDb, s3 } from '../clients.ts';
import { environment } from '../environment.ts';

const env = environment(
  ...([
    'OPERATIONS_TABLE_NAME',
    'TABLE_ARN',
    'ORDER_EVENTS_DEAD_LETTER_BUCKET',
    'SEARCH_INDEX_DEAD_LETTER_BUCKET',
  ] as const),
);
const deps = {
  s3: s3(),
  store: new DeadLetterWrites({
    dynamoDb: dynamoDb(),
    operationsTableName: env.OPERATIONS_TABLE_NAME,
    clock,
  }),
  tableArn: env.TABLE_ARN,
  places: {
    'order-events': { deadLetterBucket: env.ORDER_EVENTS_DEAD_LETTER_BUCKET },
    'search-index': { deadLetterBucket: env.SEARCH_INDEX_DEAD_LETTER_BUCKET },
  },
  logger: new Logger(),
};

/** Writes the batches that Lambda has given up to the store of dead letters. */
export const handler = (event: SQSEvent): Promise<SQSBatchResponse> => takeInBatches(event, deps);
