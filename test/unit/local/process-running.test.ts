import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isProcessRunning } from '../../../infra/local/process-running.mjs';

describe('a process', () => {
  it('runs until it has ended', async () => {
    const child = spawn('sleep', ['60']);
    const pid = child.pid ?? Number.NaN;
    expect(isProcessRunning(pid)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(isProcessRunning(pid)).toBe(false);
  });

  it.runIf(existsSync('/proc/self/stat'))(
    'that has ended does not run while its parent has not asked for its status',
    async () => {
      // `exec` gives the child a parent that never asks.
      const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      onTestFinished(() => void parent.kill('SIGKILL'));
      const [line] = await once(createInterface({ input: parent.stdout }), 'line');
      const pid = Number(line);
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z');
      expect(isProcessRunning(pid)).toBe(false);
    },
  );
});
