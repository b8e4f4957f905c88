import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { median } from './statistics.ts';

const ROUNDS = 3;
const READY = /^Ready in /;
const KIB_PER_MIB = 1_024;

/** What `npm run dev` takes until it is ready, once set up: medians. */
export interface StartUp {
  readonly readySeconds: number;
  /** Resident memory of the complete process tree at that moment; a page that several processes share counts once. */
  readonly memoryMiB: number;
}

/** Starts the local system as a user does, several times, and looks at it when it says that it is ready. */
export async function measureStartUp(): Promise<StartUp> {
  const rounds: StartUp[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await startOnce());
  return {
    readySeconds: median(rounds.map(({ readySeconds }) => readySeconds)),
    memoryMiB: median(rounds.map(({ memoryMiB }) => memoryMiB)),
  };
}

async function startOnce(): Promise<StartUp> {
  const startedAt = performance.now();
  const child = spawn(
    'node',
    [join('infra', 'local', 'setup.mjs'), join('infra', 'local', 'dev.ts'), '--port', '0'],
    {
      cwd: PROJECT_ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    if (!READY.test(line)) continue;
    const measured = {
      readySeconds: (performance.now() - startedAt) / 1_000,
      memoryMiB: treeMemoryMiB(child.pid ?? 0),
    };
    child.kill('SIGTERM');
    await ended;
    return measured;
  }
  throw new RangeError('The local system did not get ready');
}

/** Resident memory (PSS) of a process and all that it has started; on Linux only. See https://docs.kernel.org/filesystems/proc.html. */
function treeMemoryMiB(root: number): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = field(Number(name), 'status', 'PPid');
    if (parent !== undefined) parents.set(Number(name), parent);
  }
  const tree = new Set([root]);
  // A child can have a lower number than its parent, so look until nothing is added.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const [pid, parent] of parents) if (tree.has(parent)) tree.add(pid);
  }
  const kib = [...tree].reduce((sum, pid) => sum + (field(pid, 'smaps_rollup', 'Pss') ?? 0), 0);
  return kib / KIB_PER_MIB;
}

function field(pid: number, file: 'status' | 'smaps_rollup', name: string): number | undefined {
  try {
    const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/${file}`, 'utf8'));
    return match?.[1] === undefined ? undefined : Number(match[1]);
  } catch {
    // The process has ended between the two looks.
    return undefined;
  }
}
