import { mkdirSync, rmSync, statSync } from 'node:fs';
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
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return undefined;
  const made = makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
    throw error;
  }
  return made ?? folder;
}
