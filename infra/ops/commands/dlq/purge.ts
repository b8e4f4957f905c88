import { createInterface } from 'node:readline/promises';
import * as z from 'zod';
import {
  purgeableDeadLetters,
  purgeSelection,
} from '../../../../pipelines/dead-letters/actions/purge-selection.ts';
import { actionOn, endOf } from '../../../../pipelines/dead-letters/actions/recorded-actions.ts';
import { causesOf } from '../../../../pipelines/dead-letters/list/dead-letter-causes.ts';
import type { OpenDeadLetter } from '../../../../pipelines/dead-letters/list/dead-letter-selection.ts';
import type { CommandContext } from '../../command-line/command.ts';
import { EXIT, type ExitCode } from '../../command-line/exit-codes.ts';
import { type Output, visible } from '../../command-line/output.ts';
import { deadLetterDeps, issueText, reportNone, selectionOf, selectionOptions } from './selection.ts';

export const PurgeOptions = z.object({ ...selectionOptions, dryRun: z.boolean(), yes: z.boolean() });

/** `dlq purge` */
export async function purge(
  context: CommandContext,
  options: z.infer<typeof PurgeOptions>,
): Promise<ExitCode> {
  const { target, out, signal } = context;
  if (!options.dryRun && !options.yes && !process.stdin.isTTY) {
    console.error(
      'purge asks for confirmation, and standard input is not a terminal. Use --yes to delete without a question, or --dry-run to list what it would delete.',
    );
    return EXIT.usage;
  }
  const deps = deadLetterDeps(target);
  const { selection, items, isCutShort } = await purgeableDeadLetters(deps.store, selectionOf(options));
  if (items.length === 0) return reportNone(out, deps, selection);
  const confirm = items.length;
  if (options.dryRun) {
    printCauses(out, items, { selected: confirm, isCutShort });
    if (isCutShort) out.line(moreThan(confirm));
    return EXIT.ok;
  }
  if (!options.yes) {
    printCauses(out, items, undefined);
    if (isCutShort) console.error(moreThan(confirm));
    if (!(await isConfirmed(target.title, confirm, signal))) {
      console.error('Nothing was deleted.');
      return EXIT.differs;
    }
  }
  const { actor } = target;
  let purged = 0;
  const report = (): void => {
    purged += 1;
  };
  const step = await deps.activity.record(
    actionOn('purge', selection, actor),
    async () => {
      const result = await purgeSelection(deps, { selection, confirm, actor, report }, signal);
      return { result, end: endOf({ purged: result.purged }, result.remaining === 0) };
    },
    () => endOf({ purged }, false),
  );
  out.table(['purged', 'remaining'], [[step.purged, step.remaining]], { ...step, isCutShort });
  if (isCutShort) out.line(moreThan(confirm));
  return step.remaining === 0 && !isCutShort ? EXIT.ok : EXIT.differs;
}

const moreThan = (confirm: number): string =>
  `These are the latest ${confirm} that match. There are more: purge again for the others.`;

function printCauses(out: Output, items: readonly OpenDeadLetter[], json: object | undefined): void {
  const causes = causesOf(items);
  const rows = causes.map(({ causeId, reason, entity, issue, counts }) => [
    ...[causeId, reason, entity, issueText(issue)],
    counts['order-events'] + counts['search-index'] + counts.parked,
  ]);
  if (json !== undefined)
    out.table(['cause', 'reason', 'entity', 'field', 'dead letters'], rows, { ...json, causes });
  else for (const row of rows) console.error(visible(row.join('  ')));
}

/** The operator types the number. */
async function isConfirmed(title: string, deadLetters: number, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = `Permanently delete ${deadLetters} dead letters of ${title}? Type ${deadLetters} to confirm: `;
    const answer = await terminal.question(question, { signal });
    return answer.trim() === String(deadLetters);
  } catch (error) {
    // readline reads Ctrl-C and Ctrl-D as keys. They mean no.
    if (error instanceof Error && error.name === 'AbortError' && !signal.aborted) return false;
    throw error;
  } finally {
    terminal.close();
  }
}
