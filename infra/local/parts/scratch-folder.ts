import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isProcessRunning } from '../process-running.mjs';

const PREFIX = 'order-stream-';
const NAMED = new RegExp(`^${PREFIX}(\\d+)-`);

/**
 * Makes a folder for data that ends with this process, named by the process's id. Folders whose process has gone without
 * removing them, as a killed one does, are removed.
 */
export function makeScratchFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const pid = NAMED.exec(name)?.[1];
    if (pid !== undefined && !isProcessRunning(Number(pid))) removeIfOurs(join(tmpdir(), name));
  }
  return mkdtempSync(join(tmpdir(), `${PREFIX}${process.pid}-`));
}

function removeIfOurs(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    // Another user's folder is that user's to remove.
    if (!(error instanceof Error && 'code' in error && isDenial(error.code))) throw error;
  }
}

const isDenial = (code: unknown): boolean => code === 'EACCES' || code === 'EPERM';
