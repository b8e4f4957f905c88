import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { makeScratchFolder } from '../../../infra/local/machine/scratch-folder.ts';

/** A folder for temporary files that is this test's own. */
function ownTmpdir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'scratch-'));
  vi.stubEnv('TMPDIR', dir);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(dir, { recursive: true });
  });
  return dir;
}

describe('a scratch folder', () => {
  it('is removed by the next process when its own has ended, with all that is in it', () => {
    const abandoned = join(ownTmpdir(), `order-stream-${spawnSync(process.execPath, ['--version']).pid}-abc`);
    mkdirSync(join(abandoned, 'opensearch'), { recursive: true });
    makeScratchFolder();
    expect(existsSync(abandoned)).toBe(false);
  });

  it('stays while its process runs', () => {
    ownTmpdir();
    const first = makeScratchFolder();
    makeScratchFolder();
    expect(existsSync(first)).toBe(true);
  });
});
