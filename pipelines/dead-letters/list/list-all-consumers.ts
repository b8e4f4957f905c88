import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterList, DeadLetterSummary } from '../../../contracts/api/operators.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { Clock } from '../../clock.ts';
import { NotFoundError } from '../../request-errors.ts';
import type { DeadLetter } from '../parse/dead-letter.ts';
import { messageSummary } from '../parse/dead-letter-summary.ts';
import { type DetailsDeps, deadLetterDetails } from './dead-letter-details.ts';
import { listDeadLetters } from './list-dead-letters.ts';

/** Where the consumers' dead letters are read. */
export interface ConsumersDeadLettersDeps {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly clock: Pick<Clock, 'now'>;
  readonly queueUrls: Readonly<Record<ConsumerName, string>>;
}

/** The address of one dead letter. */
export interface DeadLetterAddress {
  readonly consumer: ConsumerName;
  readonly messageId: string;
}

const LISTED_MAX = 100;
/** The most messages of a queue that one request reads. */
export const MESSAGES_MAX = 1_000;

/** Lists dead letters of those consumers, at most 100 of each. @throws the SDK's own errors. */
export async function listOfAllConsumers(
  { sqs, s3, clock, queueUrls }: ConsumersDeadLettersDeps,
  consumers: readonly ConsumerName[],
  signal: AbortSignal,
): Promise<DeadLetterList> {
  const seen = await Promise.all(
    consumers.map(async (consumer) => {
      const queue = { queueUrl: queueUrls[consumer], consumer };
      const { deadLetters, isCutShort } = await listDeadLetters({
        ...{ sqs, s3, clock, queue, signal },
        isMeant: () => true,
        limit: LISTED_MAX,
        messagesMax: MESSAGES_MAX,
      });
      return { deadLetters: deadLetters.map((deadLetter) => summaryOf(deadLetter, consumer)), isCutShort };
    }),
  );
  return {
    deadLetters: seen.flatMap(({ deadLetters }) => deadLetters),
    isCutShort: seen.some(({ isCutShort }) => isCutShort),
  };
}

/** Finds one dead letter and keeps it on its queue. @throws NotFoundError when it was not found; the SDK's own errors. */
export async function findDeadLetter(
  { sqs, s3, clock, queueUrls }: ConsumersDeadLettersDeps,
  { consumer, messageId }: DeadLetterAddress,
  signal: AbortSignal,
): Promise<DeadLetter> {
  const { deadLetters } = await listDeadLetters({
    ...{ sqs, s3, clock, signal },
    queue: { queueUrl: queueUrls[consumer], consumer },
    isMeant: (summary) => summary.messageId === messageId,
    limit: 1,
    messagesMax: MESSAGES_MAX,
  });
  const [deadLetter] = deadLetters;
  if (deadLetter === undefined) throw new NotFoundError('dead letter');
  return deadLetter;
}

/** A dead letter as the API summarises it. */
export function summaryOf(deadLetter: DeadLetter, consumer: ConsumerName): DeadLetterSummary {
  const { entities, failedAt, ...summary } = messageSummary(deadLetter);
  return { ...summary, consumer, entities: [...entities], failedAt };
}

/** Shows one dead letter: its records and the current state. @throws NotFoundError when it was not found; the SDK's own errors. */
export async function showDeadLetter(
  deps: ConsumersDeadLettersDeps & DetailsDeps,
  address: DeadLetterAddress,
  signal: AbortSignal,
) {
  const deadLetter = await findDeadLetter(deps, address, signal);
  const { batches: _, ...details } = await deadLetterDetails(deadLetter, deps, signal);
  return { summary: summaryOf(deadLetter, address.consumer), ...details };
}
