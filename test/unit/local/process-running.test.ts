import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isProcessRunning } from '../../../infra/local/machine/process-running.mjs';

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
      // The child ends after `exec` has made its parent a program that never asks; the shell would ask.
      const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 60 3<&-'], {
        stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
      });
      onTestFinished(() => void parent.kill('SIGKILL'));
      const [line] =
        parent.stdout === null ? [] : await once(createInterface({ input: parent.stdout }), 'line');
      const pid = Number(line);
      await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n');
      expect(isProcessRunning(pid)).toBe(true);
      parent.stdio[3]?.destroy();
      await expect.poll(() => readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(') Z');
      expect(isProcessRunning(pid)).toBe(false);
    },
  );
});
