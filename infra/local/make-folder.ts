import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder and those above it that are not there, all or none. `mkdirSync` with `recursive` never returns where a folder
 * takes no others, as those of /proc.
 *
 * @returns the first folder that was made, if any.
 * @throws the operating system's error.
 */
export function makeFolder(path: string): string | undefined {
  const folder = resolve(path);
  if (isFolder(folder)) return undefined;
  const made = makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process was faster.
    if (isFolder(folder)) return made;
    if (made !== undefined) removeEmpty(dirname(folder), made);
    throw error;
  }
  return made ?? folder;
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** Removes a folder, and those above it up to `top`, while they are empty. One that another process has filled stays. */
export function removeEmpty(folder: string, top: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  if (folder !== top) removeEmpty(dirname(folder), top);
}
