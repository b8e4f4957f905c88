import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../local/make-folder.ts';
import { PROJECT_ROOT } from '../local/project-root.ts';

const OWNER_ONLY = 0o600;

/** The report's path where none is named: in the project's .data, by the time. */
export const defaultReportPath = (command: string, now: Date): string =>
  join(PROJECT_ROOT, '.data', `${command}-${now.toISOString().replaceAll(':', '')}.json`);

/** Writes a report, for its owner's eyes: it holds keys of items. */
export function writeReport(path: string, report: unknown): void {
  makeFolder(dirname(path));
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`, { mode: OWNER_ONLY });
}
