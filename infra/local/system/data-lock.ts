import { readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { atExit } from '../at-exit.ts';
import { makeFolder, removeEmpty } from '../make-folder.ts';
import { LocalPartError } from '../parts/local-part.ts';
import { isProcessRunning } from '../process-running.mjs';

const NAME = 'system.pid';
const BYTES_OF_MIB = 1_024 * 1_024;
/** An empty system takes 3 MiB; with less than this the parts would end one by one, each in its own words. */
const FREE_BYTES_MIN = 32 * BYTES_OF_MIB;
/** The locks of this process: a file with its own id that is not among them is of an earlier process of that id. */
const held = new Set<string>();

/**
 * Takes a data folder for one system: two would share database files and checkpoints. The lock is a file with the id of
 * the process; that of a process that has gone is taken over.
 *
 * @returns what gives the folder free again, and removes it if it was made here and is empty.
 * @throws LocalPartError `data-in-use`; `data-folder-refused` when there can be no such folder, or no room is left in it.
 */
export function lockData(dataDir: string): () => void {
  const folder = resolve(dataDir);
  const file = join(folder, NAME);
  const made = orRefuse(dataDir, () => makeFolder(folder));
  try {
    orRefuse(dataDir, () => requireRoom(folder));
    takeLock(dataDir, file);
  } catch (error) {
    removeMade(folder, made);
    throw error;
  }
  held.add(file);
  const release = (): void => {
    held.delete(file);
    rmSync(file, { force: true });
    removeMade(folder, made);
  };
  const keep = atExit(release);
  return () => {
    keep();
    release();
  };
}

function takeLock(dataDir: string, file: string): void {
  const create = (): boolean => orRefuse(dataDir, () => createFile(file));
  if (create()) return;
  const holder = Number(readFileSync(file, 'utf8'));
  if (isHeld(file, holder)) throw inUse(dataDir, file, holder);
  rmSync(file, { force: true });
  if (!create()) throw inUse(dataDir, file, holder);
}

function orRefuse<Result>(dataDir: string, use: () => Result): Result {
  try {
    return use();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new LocalPartError(
      'data-folder-refused',
      `The data folder ${dataDir} cannot be used: ${reason}`,
      'Choose a folder that you may write to, on a disk with room.',
      { cause },
    );
  }
}

function requireRoom(folder: string): void {
  const { blocks, bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  // What is no disk has no blocks.
  if (blocks === 0 || free >= FREE_BYTES_MIN) return;
  const inMib = (bytes: number): string => (bytes / BYTES_OF_MIB).toFixed(1);
  throw new Error(`${inMib(free)} MiB are free on its disk, and a start needs ${inMib(FREE_BYTES_MIN)}`);
}

/** Makes the file with this process's id, unless it is there. */
function createFile(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes the folders that were made for nothing. */
function removeMade(folder: string, made: string | undefined): void {
  if (made !== undefined) removeEmpty(folder, made);
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
