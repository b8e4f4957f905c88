import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { lockData } from '../../../infra/local/system/data-lock.ts';

let dataDir = '';
const lockFile = () => join(dataDir, 'system.pid');
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'data-lock-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true }));
});

describe('a data folder', () => {
  it('is refused to a second system until the first gives it free', () => {
    const unlock = lockData(dataDir);
    expect(() => lockData(dataDir)).toThrow(expect.objectContaining({ code: 'data-in-use' }));
    unlock();
    lockData(dataDir)();
  });

  it('is refused while the process that took it runs', () => {
    writeFileSync(lockFile(), String(process.ppid));
    expect(() => lockData(dataDir)).toThrow(expect.objectContaining({ code: 'data-in-use' }));
    expect(readFileSync(lockFile(), 'utf8')).toBe(String(process.ppid));
  });

  it('is refused where a file is in its place', () => {
    const file = join(dataDir, 'no-folder');
    writeFileSync(file, '');
    expect(() => lockData(file)).toThrow(expect.objectContaining({ code: 'data-folder-refused' }));
  });

  it.each([
    ['has gone', () => spawnSync(process.execPath, ['--version']).pid],
    ['had the id of this one', () => process.pid],
  ])('is taken over from a process that %s', (_name, pid) => {
    writeFileSync(lockFile(), String(pid()));
    const unlock = lockData(dataDir);
    onTestFinished(unlock);
    expect(readFileSync(lockFile(), 'utf8')).toBe(String(process.pid));
  });
});
