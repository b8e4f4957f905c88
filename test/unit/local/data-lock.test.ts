import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
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

  it.skipIf(!existsSync('/proc/self'))('is refused at once where no folder can be made', () => {
    expect(() => lockData('/proc/none/below')).toThrow(
      expect.objectContaining({ code: 'data-folder-refused' }),
    );
  });

  it('is removed with its lock when it was made for nothing', () => {
    const made = join(dataDir, 'made');
    lockData(join(made, 'below'))();
    expect(existsSync(made)).toBe(false);
  });

  it('stays when it was there, or something is in it', () => {
    const made = join(dataDir, 'made');
    const unlock = lockData(made);
    writeFileSync(join(made, 'data'), '');
    unlock();
    lockData(made)();
    expect(readdirSync(made)).toEqual(['data']);
  });

  it.each([
    ['has ended', () => spawnSync(process.execPath, ['--version']).pid],
    ['had the id of this one', () => process.pid],
  ])('is taken over from a process that %s', (_name, pid) => {
    writeFileSync(lockFile(), String(pid()));
    const unlock = lockData(dataDir);
    onTestFinished(unlock);
    expect(readFileSync(lockFile(), 'utf8')).toBe(String(process.pid));
    expect(readdirSync(dataDir)).toEqual(['system.pid']);
  });

  it.each([
    ['has taken', () => writeFileSync(lockFile(), String(process.ppid)), [String(process.ppid)]],
    ['is taking', () => rmSync(lockFile()), []],
  ])('is refused where another start %s over the lock in the meantime', (_name, meanwhile, locks) => {
    writeFileSync(lockFile(), String(spawnSync(process.execPath, ['--version']).pid));
    // The other start comes between the look at the process and the takeover.
    vi.spyOn(process, 'kill').mockImplementationOnce(() => {
      meanwhile();
      throw Object.assign(new Error('no such process'), { code: 'ESRCH' });
    });
    expect(() => lockData(dataDir)).toThrow(expect.objectContaining({ code: 'data-in-use' }));
    expect(readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name), 'utf8'))).toEqual(locks);
  });
});
