import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import type { SystemLog } from '../../infra/local/system/system-log.ts';

/** Keeps what parts, functions and mappings print in a file of the project's .data, to find out what went wrong. */
export function logFile(name: string): SystemLog {
  const folder = join(PROJECT_ROOT, '.data');
  mkdirSync(folder, { recursive: true });
  const file = createWriteStream(join(folder, name));
  return (source, line) => file.write(`${new Date().toISOString()} ${source} ${line}\n`);
}
