import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  announceRunning,
  NoLocalSystemError,
  runningSystem,
  SeveralLocalSystemsError,
} from '../../../infra/local/running/running-system.ts';

const system = {
  apiUrl: 'http://127.0.0.1:1',
  controlUrl: 'http://127.0.0.1:2',
  endpoints: {
    dynamoDb: 'http://127.0.0.1:3',
    messaging: 'http://127.0.0.1:4',
    openSearch: 'http://127.0.0.1:5',
    awsApis: 'http://127.0.0.1:6',
  },
  names: { Table: 'order-stream-Table' },
  orderEventsEnvironment: { ORDER_RETENTION_DAYS: '30' },
  emailHashKey: 'a key',
};

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'running-')), 'below');
});
afterEach(() => rmSync(dirname(folder), { recursive: true, force: true }));

const fileOf = (pid: number) => join(folder, `${pid}.json`);
/** Another system's announcement; the test's own parent runs as long as the test. */
function announceOther(pid = process.ppid): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(fileOf(pid), JSON.stringify({ ...system, apiUrl: 'http://127.0.0.1:6', pid }));
}

describe('a running local system', () => {
  it('is found by what it announced, which its owner alone may read', () => {
    onTestFinished(announceRunning(system, folder));
    expect(runningSystem(undefined, folder)).toEqual({ ...system, pid: process.pid });
    expect(statSync(fileOf(process.pid)).mode & 0o077).toBe(0);
  });

  it('is not found before it announced itself, nor after it took that back', () => {
    expect(() => runningSystem(undefined, folder)).toThrow(NoLocalSystemError);
    announceRunning(system, folder)();
    expect(() => runningSystem(undefined, folder)).toThrow(NoLocalSystemError);
  });

  it('is not found when its process has ended without a message, and its file is removed', () => {
    const { pid } = spawnSync(process.execPath, ['--eval', '']);
    announceOther(pid);
    expect(() => runningSystem(undefined, folder)).toThrow(NoLocalSystemError);
    expect(existsSync(fileOf(pid))).toBe(false);
  });

  it('is found when a later one has ended', () => {
    announceOther();
    announceRunning(system, folder)();
    expect(runningSystem(undefined, folder).pid).toBe(process.ppid);
  });
});

describe('of two running local systems', () => {
  beforeEach(() => {
    announceOther();
    onTestFinished(announceRunning(system, folder));
  });

  it('none is chosen where none is named: the error says which there are', () => {
    expect(() => runningSystem(undefined, folder)).toThrow(SeveralLocalSystemsError);
    for (const text of [`${process.pid} at http://127.0.0.1:1`, `${process.ppid} at http://127.0.0.1:6`])
      expect(() => runningSystem(undefined, folder)).toThrow(text);
  });

  it('the one is found that is named by its process', () => {
    expect(runningSystem(process.ppid, folder).apiUrl).toBe('http://127.0.0.1:6');
  });

  it('none is found by the id of another process', () => {
    expect(() => runningSystem(1, folder)).toThrow(NoLocalSystemError);
  });
});
