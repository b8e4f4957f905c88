import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { ConsumerName } from '../../../../contracts/stream.ts';
import { RateLimiter } from '../../../../pipelines/aws/rate-limiter.ts';
import { systemClock as clock } from '../../../../pipelines/clock.ts';
import { listDeadLetters } from '../../../../pipelines/dead-letters/list/list-dead-letters.ts';
import type { ReplayableQueue } from '../../../../pipelines/dead-letters/queue/queue-pass.ts';
import { changedWithin } from '../../../../pipelines/dead-letters/replay/changed-within.ts';
import { replayConsumers } from '../../../../pipelines/dead-letters/replay/replay-consumers.ts';
import type { ReplayResult } from '../../../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import {
  type ReplayEnd,
  replayDeadLetters,
} from '../../../../pipelines/dead-letters/replay/replay-dead-letters.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import type { Output } from '../../command-line/output.ts';
import { type Progress, progressBar } from '../../command-line/progress.ts';
import type { OpsTarget } from '../../target/ops-target.ts';
import {
  ChosenDeadLetters,
  filterOptions,
  replayableQueues,
  type Unmatched,
  unmatchedText,
} from './dead-letter-options.ts';
import { listedDeadLetters, MESSAGES_MAX, noSuchDeadLetter, printDeadLetters } from './dead-letter-table.ts';

/** A replay of fewer dead letters ends before a progress bar can be read. */
const DEAD_LETTERS_MIN = 10;

/** A progress bar if there are more than a few dead letters. SQS counts them approximately. */
async function replayProgress(
  sqs: SQSClient,
  queues: readonly ReplayableQueue[],
  { args: [messageId], limit }: { readonly args: readonly (string | undefined)[]; readonly limit: number },
): Promise<Progress> {
  const total = messageId === undefined ? await deadLettersOn(sqs, queues) : 0;
  if (total < DEAD_LETTERS_MIN) return { advance: () => undefined, end: () => undefined };
  return progressBar('replaying', Math.min(total, limit));
}

async function deadLettersOn(sqs: SQSClient, queues: readonly ReplayableQueue[]): Promise<number> {
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

export const ReplayOptions = z.object({ ...filterOptions, rate: z.int() });
type ReplayOptions = z.infer<typeof ReplayOptions>;

const HEADS = ['message', 'consumer', 'outcome', 'why', 'from', 'replayed', 'item deleted', 'failed'];
const SUCCEEDED: ReadonlySet<ReplayResult['outcome']> = new Set(['replayed', 'item-deleted', 'ignored']);
const END_LINES: Readonly<Record<ReplayEnd, string>> = {
  done: '',
  'cut-short': 'There may be more dead letters. Run the replay again.',
  interrupted: 'Interrupted. The remaining dead letters are unchanged. Run the replay again.',
  outage: 'Stopped: a sink or a service is unavailable. The remaining dead letters are unchanged.',
};

/** `dlq replay` */
export async function replay(context: CommandContext, options: ReplayOptions): Promise<ExitCode> {
  const { target, out, signal } = context;
  const queues = replayableQueues(target, options);
  const selection = new ChosenDeadLetters(options);
  const [messageId] = options.args;
  if (options.dryRun) {
    const { deadLetters, isCutShort } = await listedDeadLetters(context, {
      ...{ queues, limit: options.limit, isMeant: selection.isSelected },
      listQueue: listDeadLetters,
    });
    if (messageId !== undefined && !selection.hasRead(messageId)) return noSuchDeadLetter(messageId);
    return printDeadLetters(out, deadLetters, isCutShort, selection.unmatched);
  }
  const { tableName } = target.resources;
  const limit = messageId === undefined ? options.limit : 1;
  const results: ReplayResult[] = [];
  const ends: ReplayEnd[] = [];
  const rateLimiter = new RateLimiter({ perSecond: options.rate });
  const progress = await replayProgress(target.sqs, queues, options);
  try {
    for (const queue of queues) {
      if (results.length >= limit || signal.aborted) break;
      const end = await replayDeadLetters({
        ...{ ...target, clock, queue, rateLimiter, signal },
        whenTrimmed: (range, within) => changedWithin(target.dynamoDb, tableName, range, within),
        consumers: consumersOf(target, options),
        decide: (summary) => (selection.isSelected(summary) ? 'replay' : 'skip'),
        limit: limit - results.length,
        messagesMax: MESSAGES_MAX,
        report: (result) => {
          results.push(result);
          progress.advance();
        },
      });
      ends.push(end);
    }
  } finally {
    progress.end();
    printResults(out, results, ends, selection.unmatched);
  }
  if (messageId !== undefined && !selection.hasRead(messageId)) return noSuchDeadLetter(messageId);
  if (selection.unmatched !== undefined) return EXIT.differs;
  const isDone =
    results.every(({ outcome }) => SUCCEEDED.has(outcome)) && ends.every((end) => end === 'done');
  return isDone ? EXIT.ok : EXIT.differs;
}

/** A dead letter of the parking queue that fails returns to the parking queue. */
function consumersOf(target: OpsTarget, { parked }: ReplayOptions) {
  const { consumers, parkedDeadLettersUrl } = target.resources;
  const placeOf = (name: ConsumerName) =>
    parked ? { ...consumers[name], deadLetterQueueUrl: parkedDeadLettersUrl } : consumers[name];
  const places = { 'order-events': placeOf('order-events'), 'search-index': placeOf('search-index') };
  return replayConsumers({ ...target, ...target.resources, clock, places });
}

function printResults(
  out: Output,
  results: readonly ReplayResult[],
  ends: readonly ReplayEnd[],
  unmatched: Unmatched | undefined,
): void {
  const rows = results.map(({ messageId, consumer, outcome, code, from, records }) => [
    ...[messageId, consumer ?? '', outcome, code ?? '', from.join(', ')],
    ...[records.replayed, records.itemDeleted, records.failed],
  ]);
  out.table(HEADS, rows, { results, ends, unmatched });
  if (unmatched !== undefined) out.line(unmatchedText(unmatched));
  if (results.some(({ from }) => from.includes('table')))
    out.line(
      'From the table: the stream has trimmed the records. The replay used the current state of the items that changed at that time. It cannot find deleted items: run verify to compare the index and the stats with the table.',
    );
  for (const end of new Set(ends)) if (end !== 'done') out.line(END_LINES[end]);
}
