import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalPartError } from '../parts/local-part-error.ts';
import { isProcessRunning } from '../process-running.mjs';

const NAME = 'system.pid';
/** The locks of this process: a file with its own id that is not among them is of an earlier process of that id. */
const held = new Set<string>();

/**
 * Takes a data folder for one system: two would share database files and checkpoints. The lock is a file with the id of
 * the process; that of a process that has gone is taken over.
 *
 * @returns what gives the folder free again.
 * @throws LocalPartError `data-in-use`; `data-folder-refused` when there can be no such folder, or nothing be written into it.
 */
export function lockData(dataDir: string): () => void {
  const file = join(resolve(dataDir), NAME);
  if (!createIn(dataDir, file)) {
    const holder = Number(readFileSync(file, 'utf8'));
    if (isHeld(file, holder)) throw inUse(dataDir, file, holder);
    rmSync(file, { force: true });
    if (!create(file)) throw inUse(dataDir, file, holder);
  }
  held.add(file);
  return () => {
    held.delete(file);
    rmSync(file, { force: true });
  };
}

function createIn(dataDir: string, file: string): boolean {
  try {
    mkdirSync(dataDir, { recursive: true });
    return create(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new LocalPartError(
      'data-folder-refused',
      `The data folder ${dataDir} cannot be used: ${reason}`,
      'Choose a folder that you may write to.',
      { cause },
    );
  }
}

/** Makes the file, unless it is there. */
function create(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isHeld(file: string, pid: number): boolean {
  if (pid === process.pid) return held.has(file);
  // An id that cannot be read is being written just now.
  return !(pid > 0) || isProcessRunning(pid);
}

const inUse = (dataDir: string, file: string, pid: number): LocalPartError =>
  new LocalPartError(
    'data-in-use',
    `The data folder ${dataDir} is in use by process ${pid}`,
    `End that process or choose another folder; if it is no local system, remove ${file}.`,
  );
