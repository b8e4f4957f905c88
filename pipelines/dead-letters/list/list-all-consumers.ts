import type { S3Client } from '@aws-sdk/client-s3';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetterList, DeadLetterSummary } from '../../../contracts/api/operators.ts';
import type { ConsumerName } from '../../../contracts/stream.ts';
import type { Clock } from '../../clock.ts';
import { NotFoundError } from '../../request-errors.ts';
import type { DeadLetter } from '../parse/dead-letter.ts';
import { letterSummary } from '../parse/dead-letter-summary.ts';
import { type DetailsDeps, letterDetails } from './dead-letter-details.ts';
import { lookAtLetters } from './list-dead-letters.ts';

/** Where the consumers' dead letters are looked at. */
export interface LettersDeps {
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly clock: Pick<Clock, 'now'>;
  readonly queueUrls: Readonly<Record<ConsumerName, string>>;
}

/** Which letter is meant. */
export interface LetterAddress {
  readonly consumer: ConsumerName;
  readonly messageId: string;
}

const LISTED_MAX = 100;
/** The most messages of a queue that one request looks at. */
export const MESSAGES_MAX = 1_000;

/** Lists dead letters of those consumers, at most 100 of each. @throws the SDK's own errors. */
export async function listLetters(
  { sqs, s3, clock, queueUrls }: LettersDeps,
  consumers: readonly ConsumerName[],
  signal: AbortSignal,
): Promise<DeadLetterList> {
  const seen = await Promise.all(
    consumers.map(async (consumer) => {
      const queue = { queueUrl: queueUrls[consumer], consumer };
      const { letters, isCutShort } = await lookAtLetters({
        ...{ sqs, s3, clock, queue, signal },
        isMeant: () => true,
        limit: LISTED_MAX,
        messagesMax: MESSAGES_MAX,
      });
      return { deadLetters: letters.map((letter) => summaryOf(letter, consumer)), isCutShort };
    }),
  );
  return {
    deadLetters: seen.flatMap(({ deadLetters }) => deadLetters),
    isCutShort: seen.some(({ isCutShort }) => isCutShort),
  };
}

/** Finds one letter and leaves it on its queue. @throws NotFoundError when it was not met; the SDK's own errors. */
export async function findLetter(
  { sqs, s3, clock, queueUrls }: LettersDeps,
  { consumer, messageId }: LetterAddress,
  signal: AbortSignal,
): Promise<DeadLetter> {
  const { letters } = await lookAtLetters({
    ...{ sqs, s3, clock, signal },
    queue: { queueUrl: queueUrls[consumer], consumer },
    isMeant: (summary) => summary.messageId === messageId,
    limit: 1,
    messagesMax: MESSAGES_MAX,
  });
  const [letter] = letters;
  if (letter === undefined) throw new NotFoundError('dead letter');
  return letter;
}

/** A letter as the API summarises it. */
export function summaryOf(letter: DeadLetter, consumer: ConsumerName): DeadLetterSummary {
  const { entities, failedAt, ...summary } = letterSummary(letter);
  return { ...summary, consumer, entities: [...entities], failedAt };
}

/** Shows one dead letter: its records and the current state. @throws NotFoundError when it was not met; the SDK's own errors. */
export async function showDeadLetter(
  deps: LettersDeps & DetailsDeps,
  address: LetterAddress,
  signal: AbortSignal,
) {
  const deadLetter = await findLetter(deps, address, signal);
  const { batches: _, ...details } = await letterDetails(deadLetter, deps, signal);
  return { summary: summaryOf(deadLetter, address.consumer), ...details };
}
