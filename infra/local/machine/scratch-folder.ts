import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';
import { LocalPartError } from './local-part.ts';
import { isProcessRunning } from './process-running.mjs';

const PREFIX = 'order-stream-';
/** A server that was just killed may still write. */
const REMOVAL = { recursive: true, force: true, maxRetries: 5 };

/**
 * Creates a folder in the folder for temporary files, for data that is deleted when this process ends.
 *
 * @throws LocalPartError `data-folder-refused` if it cannot be created, for example on a full disk.
 */
export function makeScratchFolder(): string {
  try {
    return makeOwnFolder(tmpdir(), PREFIX);
  } catch (cause) {
    throw new LocalPartError(
      'data-folder-refused',
      `The folder for temporary data cannot be created: ${cause instanceof Error ? cause.message : 'unknown'}`,
      'Free disk space, name another folder in TMPDIR, or use --data.',
      { cause },
    );
  }
}

/**
 * Creates a folder that is named by this process's id and deleted when the process ends. Also deletes such folders of processes that
 * were killed and no longer run.
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
    // Only its owner can delete the folder of another user.
    if (!(error instanceof Error && 'code' in error && isDenial(error.code))) throw error;
  }
}

const isDenial = (code: unknown): boolean => code === 'EACCES' || code === 'EPERM';
