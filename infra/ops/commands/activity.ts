import type { Command } from 'commander';
import * as z from 'zod';
import { ActivityEntry } from '../../../contracts/api/status.ts';
import { parse } from '../../../contracts/reading.ts';
import type { ActivityPosition } from '../../../pipelines/operations/activity.ts';
import { countUpTo } from '../command-line/arguments.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT, type ExitCode } from '../command-line/exit-codes.ts';
import { activityLogOf } from '../command-line/recorded.ts';

const LISTED_MAX = 1_000;
const LISTED = 20;
const HEADS = ['at', 'by', 'action', 'target', 'outcome', 'detail'];
const ActivityOptions = z.object({ limit: z.int() });

/** `activity`: what operators did. */
export function addActivity(program: Command): void {
  program
    .command('activity')
    .description('List what operators did in the last 90 days, the latest first.')
    .option('--limit <n>', `at most this many actions, up to ${LISTED_MAX}`, countUpTo(LISTED_MAX), LISTED)
    .action(action(ActivityOptions, listActivity, ['operations-table']));
}

export async function listActivity(
  { target, out }: CommandContext,
  { limit }: z.infer<typeof ActivityOptions>,
): Promise<ExitCode> {
  const log = activityLogOf(target);
  const entries: ActivityEntry[] = [];
  let startAfter: ActivityPosition | undefined;
  do {
    const page = await log.page(limit - entries.length, startAfter);
    entries.push(...page.items.map((item) => parse(ActivityEntry, item)));
    startAfter = page.next;
  } while (startAfter !== undefined && entries.length < limit);
  const rows = entries.map((entry) => [
    entry.at,
    entry.by,
    entry.action,
    entry.target,
    entry.outcome,
    entry.detail,
  ]);
  out.table(HEADS, rows, { entries });
  return EXIT.ok;
}
