import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams';
import type { DeadLetterReplay } from '../../../contracts/api/operators.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { Clock } from '../../clock.ts';
import type { DeadLetterStore } from '../../operations/dead-letter-store.ts';
import { NotFoundError } from '../../request-errors.ts';
import {
  type ConsumersDeadLettersDeps,
  type DeadLetterAddress,
  MESSAGES_MAX,
} from '../list/list-all-consumers.ts';
import { RecordsTrimmedError } from './automatic-replay.ts';
import type { ReplayConsumer, ReplayResult } from './replay-dead-letter.ts';
import { replayDeadLetters } from './replay-dead-letters.ts';

export interface ReplayByIdDeps extends ConsumersDeadLettersDeps {
  readonly clock: Clock;
  readonly streams: DynamoDBStreamsClient;
  readonly consumers: Readonly<Record<ConsumerName, ReplayConsumer>>;
  readonly store: DeadLetterStore;
}

/** One dead letter's records begin at once; their concurrency is limited in any case. */
const RATE_LIMITER = { acquire: async () => undefined };

/**
 * Replays one dead letter. Records that the stream has trimmed are not read from the table, since a scan takes longer than a
 * request may: such a dead letter fails with `records-trimmed` and stays for `npm run ops -- dlq replay`.
 *
 * @throws NotFoundError when the dead letter was not found; the errors of the queue or the bucket.
 */
export async function replayById(
  { sqs, s3, clock, streams, consumers, store, queueUrls }: ReplayByIdDeps,
  { consumer, messageId, actor }: DeadLetterAddress & { readonly actor: string },
  signal: AbortSignal,
): Promise<DeadLetterReplay> {
  const results: ReplayResult[] = [];
  await replayDeadLetters({
    ...{ sqs, s3, clock, streams, consumers, store, actor, signal },
    queue: { queueUrl: queueUrls[consumer], consumer },
    rateLimiter: RATE_LIMITER,
    whenTrimmed: async () => {
      throw new RecordsTrimmedError('The stream has trimmed the records of a batch');
    },
    decide: (summary) => (summary.messageId === messageId ? 'replay' : 'skip'),
    limit: 1,
    messagesMax: MESSAGES_MAX,
    report: (result) => results.push(result),
  });
  const [result] = results;
  if (result === undefined) throw new NotFoundError('dead letter');
  const { outcome, records, code } = result;
  return { outcome, records, ...(code !== undefined && { code }) };
}
