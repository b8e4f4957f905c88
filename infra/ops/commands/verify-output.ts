import { VERIFICATION_FINDINGS_MAX, type VerificationRun } from '../../../contracts/api/status.ts';
import { systemClock as clock, instantOf } from '../../../pipelines/clock.ts';
import type { Finding } from '../../../pipelines/reconciliation/findings.ts';
import type { RepairResult } from '../../../pipelines/reconciliation/repair.ts';
import type { Verification } from '../../../pipelines/reconciliation/verify.ts';
import type { Output } from '../command-line/output.ts';

const ROWS_MAX = 20;

/** Every difference that a verification found. */
export const findingsIn = ({ checks }: Verification): readonly Finding[] =>
  checks.flatMap(({ findings }) => findings);

/** The complete report: the differences found, the repairs, and the differences that remain. */
export const verifyReport = (
  at: Date,
  first: Verification,
  repairs: readonly RepairResult[],
  afterRepair: Verification | undefined,
) => ({
  at: at.toISOString(),
  ...summary(first),
  repairs,
  ...(afterRepair === undefined ? {} : { afterRepair: summary(afterRepair) }),
});

const summary = ({ checks, malformed }: Verification) => ({
  checks: checks.map(({ check, figures, findings, inconclusive }) => ({
    check,
    figures,
    differences: findings.map(({ id, detail, repair }) => ({ id, detail, repair: repair?.how })),
    inconclusive,
  })),
  malformed,
});

/** The result as the operations table keeps it. */
export function verificationRun(
  last: Verification,
  repairs: readonly RepairResult[],
  { startedAt, by }: { readonly startedAt: Date; readonly by: string },
): VerificationRun {
  const checks = last.checks.map(({ check, findings, inconclusive }) => ({
    check,
    differences: findings.length,
    inconclusive: inconclusive.length,
  }));
  const now = clock.now();
  return {
    at: instantOf(now),
    by,
    durationMs: Math.max(0, now.getTime() - startedAt.getTime()),
    differences: checks.reduce((sum, { differences }) => sum + differences, 0),
    inconclusive: checks.reduce((sum, { inconclusive }) => sum + inconclusive, 0),
    malformed: last.malformed.length,
    repaired: repairs.filter(({ outcome }) => outcome === 'repaired').length,
    checks,
    findings: findingsIn(last)
      .slice(0, VERIFICATION_FINDINGS_MAX)
      .map(({ check, id, detail }) => ({ check, id, detail })),
  };
}

/** Prints the counts, and the first of the differences. */
export function showVerification(out: Output, verification: Verification, report: unknown): void {
  const { checks, malformed } = verification;
  out.table(
    ['check', 'compared', 'differences', 'inconclusive'],
    checks.map(({ check, figures, findings, inconclusive }) => [
      check,
      figures,
      findings.length,
      inconclusive.length,
    ]),
    report,
  );
  showFirst(
    out,
    findingsIn(verification).map(({ check, id, detail }) => `differs    ${check}: ${id} ${detail}`),
  );
  showFirst(
    out,
    malformed.map(({ pk, sk }) => `malformed  ${pk} ${sk}`),
  );
}

/** Prints the outcomes of the first repairs. */
export function showRepairs(out: Output, repairs: readonly RepairResult[]): void {
  showFirst(
    out,
    repairs.map(({ check, id, outcome, how, error }) => `${outcome}  ${check}: ${id} ${error ?? how}`),
  );
}

function showFirst(out: Output, lines: readonly string[]): void {
  for (const line of lines.slice(0, ROWS_MAX)) out.line(line);
  if (lines.length > ROWS_MAX) out.line(`and ${lines.length - ROWS_MAX} more`);
}
