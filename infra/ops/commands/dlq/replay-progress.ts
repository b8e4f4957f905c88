import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { LetterQueue } from '../../../../pipelines/replay/replay-letters.ts';
import { type Progress, progressBar } from '../../progress.ts';

/** Fewer than these are done before a bar could be read. */
const LETTERS_MIN = 10;

/** A bar where there are more than a few letters; SQS tells their number approximately. */
export async function replayProgress(
  sqs: SQSClient,
  queues: readonly LetterQueue[],
  { args: [messageId], limit }: { readonly args: readonly (string | undefined)[]; readonly limit: number },
): Promise<Progress> {
  const total = messageId === undefined ? await lettersOn(sqs, queues) : 0;
  if (total < LETTERS_MIN) return { advance: () => undefined, end: () => undefined };
  return progressBar('replaying', Math.min(total, limit));
}

async function lettersOn(sqs: SQSClient, queues: readonly LetterQueue[]): Promise<number> {
  const counts = await Promise.all(
    queues.map(async ({ queueUrl: QueueUrl }) => {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
      );
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
