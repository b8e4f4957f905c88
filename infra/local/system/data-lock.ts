import {
  constants,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { atExit } from '../machine/at-exit.ts';
import { LocalPartError } from '../machine/local-part.ts';
import { makeFolder, removeEmpty } from '../machine/make-folder.ts';
import { isProcessRunning } from '../machine/process-running.mjs';

const NAME = 'system.pid';
const BYTES_OF_MIB = 1_024 * 1_024;
/** With less free space than this, the parts would fail one by one, each with its own error. */
const FREE_BYTES_MIN = 32 * BYTES_OF_MIB;
/** The locks of this process. A file with this process's id that is not among them is from an earlier process of the same id. */
const held = new Set<string>();

/**
 * Locks a data folder for one system: two systems would share database files and checkpoints. The lock is a file with the id of the
 * process. The lock of a process that no longer runs is taken over.
 *
 * @returns a function that unlocks the folder, and deletes it if it was created here and is empty.
 * @throws LocalPartError `data-in-use`; `data-folder-refused` if the folder cannot be created, or its disk is full.
 */
export function lockData(dataDir: string): () => void {
  const folder = resolve(dataDir);
  const file = join(folder, NAME);
  const created = orRefuse(dataDir, () => makeFolder(folder));
  try {
    orRefuse(dataDir, () => requireRoom(folder));
    takeLock(dataDir, file);
  } catch (error) {
    removeCreated(folder, created);
    throw error;
  }
  held.add(file);
  const release = (): void => {
    held.delete(file);
    rmSync(file, { force: true });
    removeCreated(folder, created);
  };
  const cancelAtExit = atExit(release);
  return () => {
    cancelAtExit();
    release();
  };
}

function takeLock(dataDir: string, file: string): void {
  const create = (): boolean => orRefuse(dataDir, () => createFile(file));
  if (create()) return;
  const holder = Number(readFileSync(file, 'utf8'));
  if (isHeld(file, holder)) throw inUse(dataDir, file, `process ${holder}`);
  if (!orRefuse(dataDir, () => removeStale(file, holder)) || !create())
    throw inUse(dataDir, file, 'another start');
}

/**
 * Removes the lock of a process that no longer runs. Of two starts that found it, one can rename it; the other finds none, or the lock that
 * the first has created since, which it puts back.
 *
 * @returns whether it was that process's.
 */
function removeStale(file: string, holder: number): boolean {
  const aside = `${file}.${process.pid}`;
  if (!unlessCode('ENOENT', () => renameSync(file, aside))) return false;
  const isStale = Number(readFileSync(aside, 'utf8')) === holder;
  if (!isStale) unlessCode('EEXIST', () => copyFileSync(aside, file, constants.COPYFILE_EXCL));
  rmSync(aside);
  return isStale;
}

function orRefuse<Result>(dataDir: string, use: () => Result): Result {
  try {
    return use();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new LocalPartError(
      'data-folder-refused',
      `The data folder ${dataDir} cannot be used: ${reason}`,
      'Choose a folder that you may write to, on a disk with free space.',
      { cause },
    );
  }
}

function requireRoom(folder: string): void {
  const { blocks, bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  // A file system that is not on a disk has no blocks.
  if (blocks === 0 || free >= FREE_BYTES_MIN) return;
  const inMib = (bytes: number): string => (bytes / BYTES_OF_MIB).toFixed(1);
  throw new Error(`${inMib(free)} MiB are free on its disk, and a start needs ${inMib(FREE_BYTES_MIN)}`);
}

/** Creates the file with this process's id, unless it exists. */
const createFile = (file: string): boolean =>
  unlessCode('EEXIST', () => writeFileSync(file, String(process.pid), { flag: 'wx' }));

/** @returns whether it was done; false where it failed with this code of the system. */
function unlessCode(code: string, act: () => void): boolean {
  try {
    act();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === code) return false;
    throw error;
  }
}

/** Deletes the folders that this process created, if they are empty. */
function removeCreated(folder: string, created: string | undefined): void {
  if (created !== undefined) removeEmpty(folder, created);
}

function isHeld(file: string, pid: number): boolean {
  if (pid === process.pid) return held.has(file);
  // An id that cannot be read is still being written.
  return !(pid > 0) || isProcessRunning(pid);
}

const inUse = (dataDir: string, file: string, by: string): LocalPartError =>
  new LocalPartError(
    'data-in-use',
    `The data folder ${dataDir} is in use by ${by}`,
    `End that process or choose another folder. If it is not a local system, delete ${file}.`,
  );
