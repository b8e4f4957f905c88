import type { Check } from './reconcile.ts';

const DIFFERENCES_SHOWN_MAX = 20;

/** Prints each check with what differs. @returns whether everything reconciles. */
export function reportChecks(checks: readonly Check[]): boolean {
  for (const { name, figures, differences } of checks) {
    console.log(`${differences.length === 0 ? '  ok    ' : '  DIFFER'}  ${name} (${figures})`);
    for (const { id, detail } of differences.slice(0, DIFFERENCES_SHOWN_MAX))
      console.log(`            ${id} ${detail}`);
    if (differences.length > DIFFERENCES_SHOWN_MAX)
      console.log(`            and ${differences.length - DIFFERENCES_SHOWN_MAX} more`);
  }
  return checks.every(({ differences }) => differences.length === 0);
}
