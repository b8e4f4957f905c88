import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  announceRunning,
  NoLocalSystemError,
  runningSystem,
} from '../../../infra/local/running/running-system.ts';

const system = {
  apiUrl: 'http://127.0.0.1:1',
  controlUrl: 'http://127.0.0.1:2',
  endpoints: {
    dynamoDb: 'http://127.0.0.1:3',
    messaging: 'http://127.0.0.1:4',
    openSearch: 'http://127.0.0.1:5',
  },
  names: { Table: 'order-stream-Table' },
  orderRetentionDays: 0,
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'running-'));
  file = join(folder, 'below', 'running.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a running local system', () => {
  it('is found by what it announced, which its owner alone may read', () => {
    announceRunning(system, file);
    expect(runningSystem(file)).toEqual({ ...system, pid: process.pid });
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('is not found before it announced itself, nor after it took that back', () => {
    expect(() => runningSystem(file)).toThrow(NoLocalSystemError);
    announceRunning(system, file)();
    expect(() => runningSystem(file)).toThrow(NoLocalSystemError);
  });

  it('is not found when its process has ended without a word', () => {
    const { pid } = spawnSync(process.execPath, ['--eval', '']);
    announceRunning(system, file);
    writeFileSync(file, JSON.stringify({ ...system, pid }));
    expect(() => runningSystem(file)).toThrow(NoLocalSystemError);
  });

  it('does not take back what a later one announced', () => {
    const withdraw = announceRunning(system, file);
    const later = JSON.stringify({ ...system, pid: process.pid + 1 });
    writeFileSync(file, later);
    withdraw();
    expect(readFileSync(file, 'utf8')).toBe(later);
  });
});
