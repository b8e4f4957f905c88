import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Creates a folder and its missing parents, all or none. `mkdirSync` with `recursive` never returns in a folder that allows no
 * subfolders, such as those of /proc.
 *
 * @returns the first folder that was created, if any.
 * @throws the operating system's error.
 */
export function makeFolder(path: string): string | undefined {
  const folder = resolve(path);
  if (isFolder(folder)) return undefined;
  const created = makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process created it first.
    if (isFolder(folder)) return created;
    if (created !== undefined) removeEmpty(dirname(folder), created);
    throw error;
  }
  return created ?? folder;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Removes an empty folder, and its empty parents up to `top`. A folder that another process has filled stays. */
export function removeEmpty(folder: string, top: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  if (folder !== top) removeEmpty(dirname(folder), top);
}
