import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../local/machine/make-folder.ts';
import { PROJECT_ROOT } from '../../local/machine/project-root.ts';

const OWNER_ONLY = 0o600;

/** The default path of a report: in the project's .data, named by command and time. */
export const defaultReportPath = (command: string, now: Date): string =>
  join(PROJECT_ROOT, '.data', `${command}-${now.toISOString().replaceAll(':', '')}.json`);

/** Writes a report that only its owner can read, because it contains keys of items. */
export function writeReport(path: string, report: unknown): void {
  makeFolder(dirname(path));
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`, { mode: OWNER_ONLY });
}
