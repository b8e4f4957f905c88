import { join } from 'node:path';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { logFile } from '../../infra/local/running/log-file.ts';
import type { SystemLog } from '../../infra/local/system/system-log.ts';

/** Keeps what parts, functions and mappings print in a file of the project's .data, to find out what went wrong. */
export const projectLog = (name: string): SystemLog => logFile(join(PROJECT_ROOT, '.data', name)).log;
