import type { Command } from 'commander';
import * as z from 'zod';
import type { VerificationRun } from '../../../contracts/api/status.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { systemClock as clock } from '../../../pipelines/clock.ts';
import type { ActionEnd } from '../../../pipelines/operations/activity.ts';
import { recordVerification } from '../../../pipelines/operations/verification-runs.ts';
import type { Finding } from '../../../pipelines/reconciliation/findings.ts';
import { type RepairResult, repair } from '../../../pipelines/reconciliation/repair.ts';
import { verify } from '../../../pipelines/reconciliation/verify.ts';
import { countUpTo, named, SEGMENTS_MAX, seconds } from '../command-line/arguments.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT, type ExitCode } from '../command-line/exit-codes.ts';
import { visible } from '../command-line/output.ts';
import { progressBar, roughTableSize } from '../command-line/progress.ts';
import { recorded } from '../command-line/recorded.ts';
import { defaultReportPath, writeReport } from '../command-line/report-file.ts';
import { findingsIn, showRepairs, showVerification, verificationRun, verifyReport } from './verify-output.ts';

const ROUNDS = 4;

const VerifyArguments = z.object({
  report: z.string().optional(),
  repair: z.boolean(),
  dryRun: z.boolean(),
  segments: z.int(),
  recheck: z.number(),
});
type VerifyArguments = z.infer<typeof VerifyArguments>;

/** `verify`: compares everything that derives from the table with the table. */
export function addVerify(program: Command): void {
  program
    .command('verify')
    .description(
      'Compare the table with the indices, orders with reservations, stock and stats, and the ledger with the balances.',
    )
    .option('--repair', 'repair what can be repaired, then verify again', false)
    .option('--dry-run', 'with --repair: show what it would do and change nothing', false)
    .option(
      '--report <file>',
      'write all differences to this file (default: a file in .data, if anything differs)',
      named,
    )
    .option(
      '--segments <number>',
      `scan this many segments of the table in parallel, up to ${SEGMENTS_MAX}`,
      countUpTo(SEGMENTS_MAX),
      4,
    )
    .option('--recheck <seconds>', 'wait this long before each recheck of a difference', seconds, 2)
    .hook('preAction', (command) => {
      const { dryRun, repair: repairs } = command.opts();
      if (dryRun && !repairs)
        command.error('error: --dry-run is for a repair, and verify alone changes nothing: add --repair');
    })
    .action(action(VerifyArguments, runVerify, ['table', 'open-search']));
}

/** Compares the table with what derives from it, and repairs that where it is asked to. A report that was asked for is part of the result. */
export async function runVerify(context: CommandContext, options: VerifyArguments): Promise<ExitCode> {
  const { out } = context;
  const startedAt = clock.now();
  const first = await compare(context, options);
  const findings = findingsIn(first);
  const repairs = options.repair ? await repairAll(context, findings, options) : [];
  const isRepaired = repairs.some(({ outcome }) => outcome === 'repaired');
  const last = isRepaired
    ? await compare(context, options).catch((error: unknown) => {
        if (options.report !== undefined)
          reportIn(options.report, verifyReport(clock.now(), first, repairs, undefined));
        showRepairs(out, repairs);
        throw error;
      })
    : first;
  const isSame = last.checks.every((check) => check.findings.length + check.inconclusive.length === 0);
  await store(context, verificationRun(last, repairs, { startedAt, by: context.target.actor }));
  const path =
    options.report ?? (findings.length > 0 || !isSame ? defaultReportPath('verify', clock.now()) : undefined);
  const report = verifyReport(clock.now(), first, repairs, isRepaired ? last : undefined);
  const written = path === undefined ? undefined : reportIn(path, report);
  showVerification(out, last, { ...report, report: written });
  showRepairs(out, repairs);
  if (written !== undefined) out.line(`The report is in ${written}`);
  return isSame && (options.report === undefined || written !== undefined) ? EXIT.ok : EXIT.differs;
}

/** Writes a report. One that cannot be written is reported, and no failure of the comparison. @returns its path, if it was written. */
function reportIn(path: string, report: unknown): string | undefined {
  try {
    writeReport(path, report);
    return path;
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown';
    console.error(visible(`The report ${path} was not written: ${reason}`));
    return undefined;
  }
}

/** The result is what the operator waits for: what prevents that it is stored is reported, and no failure. */
async function store({ target }: CommandContext, run: VerificationRun): Promise<void> {
  const { dynamoDb, resources } = target;
  try {
    await recordVerification({ dynamoDb, operationsTableName: resources.operationsTableName }, run);
  } catch (error) {
    const reason = error instanceof Error ? error.name : 'unknown';
    console.error(
      `The result was not stored, so that status and console do not show it: ${visible(reason)}. It needs dynamodb:PutItem on the operations table.`,
    );
  }
}

async function compare({ target, signal }: CommandContext, { segments, recheck }: VerifyArguments) {
  const { tableName } = target.resources;
  const bar = progressBar('reading the table', await roughTableSize(target.dynamoDb, tableName));
  try {
    return await verify(
      { ...target, ...target.resources, clock },
      { segments, rounds: ROUNDS, recheckMs: recheck * MS_PER_SECOND, signal, onItem: () => bar.advance() },
    );
  } finally {
    bar.end();
  }
}

/** Repairs what can be repaired. The activity log has it, unless nothing is changed. */
export async function repairAll(
  { target, signal }: CommandContext,
  findings: readonly Finding[],
  { dryRun }: Pick<VerifyArguments, 'dryRun'>,
): Promise<readonly RepairResult[]> {
  const bar = progressBar('repairing', findings.length);
  const run = () => repair(findings, { dryRun, signal, onDone: () => bar.advance() });
  const checks = new Set(findings.flatMap(({ check, repair: way }) => (way === undefined ? [] : [check])));
  try {
    if (dryRun || checks.size === 0) return await run();
    return await recorded(target, { action: 'repair', target: [...checks].join(', ') }, run, endOf);
  } finally {
    bar.end();
  }
}

function endOf(results: readonly RepairResult[]): ActionEnd {
  const repaired = results.filter(({ outcome }) => outcome === 'repaired').length;
  return {
    outcome: repaired === results.length ? 'done' : 'partly',
    detail: `${repaired} of ${results.length} differences repaired`,
  };
}
