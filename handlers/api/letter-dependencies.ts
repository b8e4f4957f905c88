import { ConsumerName } from '../../contracts/stream.ts';
import type { ConsumersDeadLettersDeps } from '../../pipelines/dead-letters/list/list-all-consumers.ts';
import { s3, sqs } from '../clients.ts';
import { environment } from '../environment.ts';
import { type TableDeps, tableDeps } from './dependencies.ts';

/** The part of a function's 29 s in which queues are looked at; what is hidden then must still be given back. */
const LOOK_MS = 15_000;

/** When a request is to come to its end. */
export const lookSignal = (): AbortSignal => AbortSignal.timeout(LOOK_MS);

/** What an operation on dead letters needs. */
export type DeadLetterDeps = TableDeps & ConsumersDeadLettersDeps;

/** The dependencies of such a function. */
export function deadLetterDeps(): DeadLetterDeps {
  const env = environment('ORDER_EVENTS_DEAD_LETTER_QUEUE_URL', 'SEARCH_INDEX_DEAD_LETTER_QUEUE_URL');
  const queueUrls = {
    [ConsumerName.enum['order-events']]: env.ORDER_EVENTS_DEAD_LETTER_QUEUE_URL,
    [ConsumerName.enum['search-index']]: env.SEARCH_INDEX_DEAD_LETTER_QUEUE_URL,
  };
  return { ...tableDeps(), sqs: sqs(), s3: s3(), queueUrls };
}
