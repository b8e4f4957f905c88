import * as z from 'zod';
import type { ConsumerName } from '../../../../contracts/stream.ts';
import { systemClock as clock } from '../../../../pipelines/core/clock.ts';
import { Pace } from '../../../../pipelines/core/pace.ts';
import { changedWithin } from '../../../../pipelines/replay/changed-within.ts';
import { lookAtLetters } from '../../../../pipelines/replay/look-at-letters.ts';
import { replayConsumers } from '../../../../pipelines/replay/replay-consumers.ts';
import type { ReplayResult } from '../../../../pipelines/replay/replay-letter.ts';
import { type ReplayEnd, replayLetters } from '../../../../pipelines/replay/replay-letters.ts';
import type { CommandContext } from '../../command.ts';
import { EXIT, type ExitCode } from '../../exit-codes.ts';
import type { Output } from '../../output.ts';
import type { OpsTarget } from '../../target/ops-target.ts';
import { filterOptions, MeantLetters, type Unmatched, unmatchedText } from './letter-options.ts';
import { letterQueues } from './letter-queues.ts';
import { printLetters } from './letter-table.ts';
import { noSuchLetter } from './no-such-letter.ts';
import { replayProgress } from './replay-progress.ts';
import { MESSAGES_MAX, seenLetters } from './seen-letters.ts';

export const ReplayOptions = z.object({ ...filterOptions, rate: z.int() });
type ReplayOptions = z.infer<typeof ReplayOptions>;

const HEADS = ['message', 'consumer', 'outcome', 'why', 'from', 'replayed', 'gone', 'failed'];
const WELL: ReadonlySet<ReplayResult['outcome']> = new Set(['replayed', 'gone', 'dropped']);
const END_LINES: Readonly<Record<ReplayEnd, string>> = {
  done: '',
  'cut-short': 'There may be more letters: replay again.',
  interrupted: 'Interrupted. What was not replayed is as it was: replay again.',
  outage: 'Stopped: a sink or a service does not answer as it should. The other letters are as they were.',
};

/** `dlq replay` */
export async function replay(context: CommandContext, options: ReplayOptions): Promise<ExitCode> {
  const { target, out, signal } = context;
  const queues = letterQueues(target, options);
  const meant = new MeantLetters(options);
  const [messageId] = options.args;
  if (options.dryRun) {
    const { letters, isCutShort } = await seenLetters(context, {
      ...{ queues, limit: options.limit, isMeant: meant.isMeant },
      lookAt: lookAtLetters,
    });
    if (messageId !== undefined && !meant.hasMet(messageId)) return noSuchLetter(messageId);
    return printLetters(out, letters, isCutShort, meant.unmatched);
  }
  const { tableName } = target.resources;
  const limit = messageId === undefined ? options.limit : 1;
  const results: ReplayResult[] = [];
  const ends: ReplayEnd[] = [];
  const pace = new Pace({ perSecond: options.rate });
  const progress = await replayProgress(target.sqs, queues, options);
  try {
    for (const queue of queues) {
      if (results.length >= limit || signal.aborted) break;
      const end = await replayLetters({
        ...{ ...target, clock, queue, pace, signal },
        whenTrimmed: (range, within) => changedWithin(target.dynamoDb, tableName, range, within),
        consumers: consumersOf(target, options),
        decide: (summary) => (meant.isMeant(summary) ? 'replay' : 'skip'),
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
    printResults(out, results, ends, meant.unmatched);
  }
  if (messageId !== undefined && !meant.hasMet(messageId)) return noSuchLetter(messageId);
  if (meant.unmatched !== undefined) return EXIT.differs;
  const isWell = results.every(({ outcome }) => WELL.has(outcome)) && ends.every((end) => end === 'done');
  return isWell ? EXIT.ok : EXIT.differs;
}

/** What fails of the parked letters is parked again. */
function consumersOf(target: OpsTarget, { parked }: ReplayOptions) {
  const { tableName, topicArn, consumers, parkedDeadLettersUrl, orderRetentionDays } = target.resources;
  const placeOf = (name: ConsumerName) =>
    parked ? { ...consumers[name], deadLetterQueueUrl: parkedDeadLettersUrl } : consumers[name];
  const places = { 'order-events': placeOf('order-events'), 'search-index': placeOf('search-index') };
  return replayConsumers({
    ...target,
    tableName,
    topicArn,
    retentionDays: orderRetentionDays,
    clock,
    places,
  });
}

function printResults(
  out: Output,
  results: readonly ReplayResult[],
  ends: readonly ReplayEnd[],
  unmatched: Unmatched | undefined,
): void {
  const rows = results.map(({ messageId, consumer, outcome, code, from, records }) => [
    ...[messageId, consumer ?? '', outcome, code ?? '', from.join(', ')],
    ...[records.replayed, records.gone, records.failed],
  ]);
  out.table(HEADS, rows, { results, ends, unmatched });
  if (unmatched !== undefined) out.line(unmatchedText(unmatched));
  if (results.some(({ from }) => from.includes('table')))
    out.line(
      'From the table: the stream had trimmed records, so the present state of what was changed at that time was taken. Removals are not found so: compare the index and the stats with the table.',
    );
  for (const end of new Set(ends)) if (end !== 'done') out.line(END_LINES[end]);
}
