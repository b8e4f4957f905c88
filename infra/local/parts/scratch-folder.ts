import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from '../at-exit.ts';
import { isProcessRunning } from '../process-running.mjs';
import { LocalPartError } from './local-part.ts';

const PREFIX = 'order-stream-';
/** A server that was killed just now may still write. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };

/**
 * Makes a folder below the one for temporary files, for data that ends with this process.
 *
 * @throws LocalPartError `data-folder-refused` when there can be none, such as on a disk that is full.
 */
export function makeScratchFolder(): string {
  try {
    return makeOwnFolder(tmpdir(), PREFIX);
  } catch (cause) {
    throw new LocalPartError(
      'data-folder-refused',
      `No folder for temporary data can be made: ${cause instanceof Error ? cause.message : 'unknown'}`,
      'Make room there, name another place in TMPDIR, or give a folder with --data.',
      { cause },
    );
  }
}

/**
 * Makes a folder that is named by this process's id and removed when the process ends. Such folders whose process has gone without
 * removing them, as a killed one does, are removed.
 *
 * @throws the operating system's error.
 */
export function makeOwnFolder(parent: string, prefix: string): string {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined && !isProcessRunning(Number(pid))) removeIfOurs(join(parent, name));
  }
  const folder = mkdtempSync(join(parent, `${prefix}${process.pid}-`));
  atExit(() => rmSync(folder, REMOVAL));
  return folder;
}

function removeIfOurs(folder: string): void {
  try {
    rmSync(folder, REMOVAL);
  } catch (error) {
    // Another user's folder is that user's to remove.
    if (!(error instanceof Error && 'code' in error && isDenial(error.code))) throw error;
  }
}

const isDenial = (code: unknown): boolean => code === 'EACCES' || code === 'EPERM';
