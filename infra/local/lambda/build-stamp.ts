import { hash } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import pLimit from 'p-limit';

/** What a build has read and made, and what was in all of it. */
export interface BuildStamp {
  readonly files: readonly string[];
  readonly digest: string;
}

const FILES_AT_ONCE = 16;

/** Whether the build that left this stamp would read the same again, and what it made is still there and as it was. */
export async function isUpToDate(stampFile: string): Promise<boolean> {
  const stamp = await orAbsent(readFile(stampFile, 'utf8'));
  if (stamp === undefined) return false;
  const [digest, ...files] = stamp.split('\n');
  return digest === (await digestOf(files));
}

/** Leaves the stamp, in one step. */
export async function writeStamp(stampFile: string, { files, digest }: BuildStamp): Promise<void> {
  const partial = `${stampFile}.${process.pid}`;
  await writeFile(partial, [digest, ...files].join('\n'));
  await rename(partial, stampFile);
}

/** What is in the files, in this order; a missing file differs from an empty one. */
export async function digestOf(files: readonly string[]): Promise<string> {
  const hashes = await pLimit(FILES_AT_ONCE).map(files, async (file) => {
    const content = await orAbsent(readFile(file));
    return content === undefined ? 'absent' : hash('sha256', content);
  });
  return hash('sha256', hashes.join('\n'));
}

/** Whether none of the files, which are all there, was written or replaced after this moment of the file system's clock. */
export async function areUnchangedSince(ctimeMs: number, files: readonly string[]): Promise<boolean> {
  const stats = await pLimit(FILES_AT_ONCE).map(files, (file) => orAbsent(stat(file)));
  return stats.every((found) => found !== undefined && found.ctimeMs <= ctimeMs);
}

async function orAbsent<Found>(finding: Promise<Found>): Promise<Found | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
