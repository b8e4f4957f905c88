import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { killMarked, treeMemory } from '../../bench/process-tree.ts';

const WAITS = 'process.stdout.write("up"); process.stdin.resume();';

/** A process with this mark, in a group of its own, that ends only when it is killed. */
async function started(mark: string) {
  const child = spawn(process.execPath, ['-e', WAITS], {
    detached: true,
    env: { ...process.env, PROCESS_TREE_TEST: mark },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  return { child, ended: once(child, 'exit') };
}

describe.runIf(process.platform === 'linux')('processes with a mark', () => {
  it('are killed, and no others', async () => {
    const mark = `this ${process.pid}`;
    const one = await started(mark);
    const other = await started(`other ${process.pid}`);
    try {
      expect(await killMarked('PROCESS_TREE_TEST', mark)).toBe(1);
      expect(await one.ended).toEqual([null, 'SIGKILL']);
      expect(other.child.exitCode ?? other.child.signalCode).toBeNull();
    } finally {
      other.child.kill('SIGKILL');
      await other.ended;
    }
  });
});

describe.runIf(process.platform === 'linux')('the memory of a process tree', () => {
  it('counts what is shared once in PSS, and for each process in RSS', () => {
    const { proportional, resident } = treeMemory(process.pid);
    expect(proportional).toBeGreaterThan(0);
    expect(resident).toBeGreaterThanOrEqual(proportional);
  });

  it('is no figure where the process cannot be read', () => {
    expect(() => treeMemory(0)).toThrow(RangeError);
  });
});
