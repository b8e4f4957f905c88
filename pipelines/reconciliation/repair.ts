import pLimit from 'p-limit';
import { OrderStreamError } from '../errors.ts';
import type { Difference, Finding } from './findings.ts';

/** The result of the repair of a finding. */
export interface RepairResult extends Difference {
  readonly outcome: 'planned' | 'repaired' | 'not-repairable' | 'failed';
  /** What is done, or was; empty where no pipeline can do anything. */
  readonly how: string;
  /** The code of the error that it failed with. */
  readonly error?: string;
}

/** How findings are repaired. */
export interface RepairOptions {
  /** Whether the repairs are only listed. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onDone?: () => void;
}

/** As many as share a request. */
const REPAIRS_AT_ONCE_MAX = 100;
const REPAIR_TIMEOUT_MS = 60_000;

/** Repairs each finding that can be repaired, on its own: one that fails does not stop the others. */
export function repair(
  findings: readonly Finding[],
  { dryRun, signal, onDone = () => undefined }: RepairOptions,
): Promise<readonly RepairResult[]> {
  const limit = pLimit(REPAIRS_AT_ONCE_MAX);
  return Promise.all(
    findings.map((finding) =>
      limit(async () => {
        const { check, id, detail, repair: way } = finding;
        const result = { check, id, detail, how: way?.how ?? '' };
        if (way === undefined) return { ...result, outcome: 'not-repairable' as const };
        if (dryRun) return { ...result, outcome: 'planned' as const };
        try {
          await way.run(AbortSignal.any([signal, AbortSignal.timeout(REPAIR_TIMEOUT_MS)]));
          return { ...result, outcome: 'repaired' as const };
        } catch (error) {
          return { ...result, outcome: 'failed' as const, error: codeOf(error) };
        } finally {
          onDone();
        }
      }),
    ),
  );
}

const codeOf = (error: unknown): string => {
  if (error instanceof OrderStreamError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
};
