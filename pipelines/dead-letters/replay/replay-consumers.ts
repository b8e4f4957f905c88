import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { type SettingsOf, text } from '../../../contracts/settings.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { OpenState } from '../../operations/dead-letter-entry.ts';
import { DeadLetterWrites } from '../../operations/dead-letter-writes.ts';
import { orderEventsConsumer } from '../../order-events/order-events.ts';
import {
  type OrderHandlerDeps,
  orderHandlerSettings,
  orderHandlers,
} from '../../order-events/order-handlers.ts';
import type { EmailHashSource } from '../../search/email-hash.ts';
import { SearchIndex } from '../../search/indexing/search-index.ts';
import type { OpenSearchClient } from '../../search/open-search.ts';
import { DeadLetterQueue } from '../../stream/dead-letter-queue.ts';
import type { ReplayConsumer } from './replay-dead-letter.ts';
import { replayOrderEvents, replaySearchIndex } from './replay-records.ts';

/** Where a consumer's dead letters are. */
export interface DeadLetterPlace {
  readonly deadLetterQueueUrl: string;
  readonly deadLetterBucket: string;
  /** What the store says of the dead letters on that queue; `waiting` without it. */
  readonly deadLetterState?: OpenState;
}

/** The settings of a replay. */
export const replaySettings = {
  ...orderHandlerSettings,
  /** The table's, as it is in the ARNs of its streams. */
  tableArn: text,
};

/** The dependencies of both consumers. */
export interface ReplayConsumersDeps extends OrderHandlerDeps, SettingsOf<typeof replaySettings> {
  readonly openSearch: OpenSearchClient;
  readonly emailHash: EmailHashSource;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly places: Readonly<Record<ConsumerName, DeadLetterPlace>>;
}

/** The consumers of the stream as a replay uses them, each with its dead-letter queue. */
export function replayConsumers(deps: ReplayConsumersDeps): Readonly<Record<ConsumerName, ReplayConsumer>> {
  const { openSearch, emailHash, sqs, s3, places, clock } = deps;
  const store = new DeadLetterWrites(deps);
  const deadLettersOf = (consumer: ConsumerName): DeadLetterQueue => {
    const { deadLetterQueueUrl: queueUrl, deadLetterBucket: bucket, deadLetterState } = places[consumer];
    const state = deadLetterState ?? 'waiting';
    return new DeadLetterQueue({ sqs, s3, queueUrl, bucket, consumer, store, state, clock });
  };
  return {
    'order-events': {
      replayRecord: replayOrderEvents(orderEventsConsumer(orderHandlers(deps)), deps),
      deadLetters: deadLettersOf('order-events'),
    },
    'search-index': {
      replayRecord: replaySearchIndex(new SearchIndex({ client: openSearch, emailHash }), deps),
      deadLetters: deadLettersOf('search-index'),
    },
  };
}
