import * as z from 'zod';
import type { ReplayStep } from '../../../../contracts/api/dead-letters.ts';
import { predictReplay } from '../../../../pipelines/dead-letters/actions/predict-replay.ts';
import {
  actionOn,
  countsText,
  endOf,
  replayCounts,
  resultCounts,
} from '../../../../pipelines/dead-letters/actions/recorded-actions.ts';
import { replaySelection } from '../../../../pipelines/dead-letters/actions/replay-selection.ts';
import { selectedDeadLetters } from '../../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import type { ReplayResult } from '../../../../pipelines/dead-letters/replay/replay-dead-letter.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { DENIED_REMEDY, mayBeDenied } from '../../command-line/denied.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import type { Output } from '../../command-line/output.ts';
import { type Progress, progressBar } from '../../command-line/progress.ts';
import { deadLetterDeps, issueText, reportNone, selectionOf, selectionOptions } from './selection.ts';

export const ReplayOptions = z.object({ ...selectionOptions, dryRun: z.boolean(), rate: z.int() });
type ReplayOptions = z.infer<typeof ReplayOptions>;

/** A replay of fewer dead letters ends before a progress bar can be read. */
const DEAD_LETTERS_MIN = 10;
const NO_PROGRESS: Progress = { advance: () => undefined, end: () => undefined };

/** `dlq replay`. Ctrl-C ends it after the records in progress; the sum is printed then too. */
export async function replay(context: CommandContext, options: ReplayOptions): Promise<ExitCode> {
  const { target, out, signal } = context;
  const deps = deadLetterDeps(target);
  const selection = selectionOf(options);
  const { items, isCutShort } = await selectedDeadLetters(deps.store, selection);
  if (items.length === 0) return reportNone(out, deps, selection);
  if (options.dryRun) {
    const expected = await predictReplay(deps, selection, signal);
    printSum(out, 'A replay would have this result:', expected, []);
    if (isCutShort) out.line(`These are the latest ${items.length} that match. There are more.`);
    return EXIT.ok;
  }
  const results: ReplayResult[] = [];
  const progress = items.length < DEAD_LETTERS_MIN ? NO_PROGRESS : progressBar('replaying', items.length);
  const report = (result: ReplayResult): void => {
    results.push(result);
    progress.advance();
  };
  const { rate } = options;
  const { actor } = target;
  const step = await deps.activity
    .record(
      actionOn('replay', selection, actor),
      async () => {
        const result = await replaySelection(deps, { selection, rate, actor, report }, signal);
        return { result, end: endOf(replayCounts(result), result.remaining === 0) };
      },
      () => endOf(resultCounts(results), false),
    )
    .finally(() => progress.end());
  printSum(out, 'The replay ended:', step, results);
  if (signal.aborted) out.line(`Interrupted: ${step.remaining} remain. Run the replay again.`);
  if (step.stoppedBy !== undefined)
    out.line(
      `Stopped: ${step.stoppedBy}. A sink or a service is unavailable; ${step.remaining} are as they were.`,
    );
  const reasons = [step.stoppedBy ?? '', ...step.failures.map(({ reason }) => reason)];
  if (reasons.some(mayBeDenied)) out.line(DENIED_REMEDY);
  if (isCutShort) out.line(`These were the latest ${items.length} that match. Replay again for the others.`);
  const { failed, skipped } = step.outcomes;
  return failed + skipped + step.failedRecords + step.remaining === 0 ? EXIT.ok : EXIT.differs;
}

const RESULT_HEADS = ['dead letter', 'consumer', 'outcome', 'why', 'from'];
const FAILURE_HEADS = ['cause', 'reason', 'field', 'failed'];
const NOTE_ON_TABLE =
  'From the table: the stream has trimmed the records. The replay used the current state of the items that changed at that time. It cannot find deleted items: run verify to compare the index and the stats with the table.';

function printSum(out: Output, title: string, step: ReplayStep, results: readonly ReplayResult[]): void {
  const isList = results.length > 0 && results.length < DEAD_LETTERS_MIN;
  const heads = isList ? RESULT_HEADS : FAILURE_HEADS;
  const rows = isList
    ? results.map(({ id, consumer, outcome, code, from }) => [
        id,
        consumer ?? '',
        outcome,
        code ?? '',
        from.join(', '),
      ])
    : step.failures.map(({ causeId, reason, issue, count }) => [causeId, reason, issueText(issue), count]);
  out.table(heads, rows, { ...step, results });
  out.line(`${title} ${countsText(replayCounts(step))}.`);
  if (results.some(({ from }) => from.includes('table'))) out.line(NOTE_ON_TABLE);
}
