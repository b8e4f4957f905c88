import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { npmRun } from './npm-run.ts';
import { treeMemory } from './process-tree.ts';
import { median } from './statistics.ts';

const ROUNDS = 3;
const READY = /^Ready in /;

/** What `npm run dev` takes until it is ready, once set up: medians. */
export interface StartUp {
  readonly readySeconds: number;
  /** Of the complete process tree at that moment, npm included: PSS. */
  readonly memoryMiB: number;
  /** The sum of what its processes have resident: RSS. */
  readonly residentMiB: number;
}

/** Starts the local system as a user does, several times, and looks at it when it says that it is ready. */
export async function measureStartUp(): Promise<StartUp> {
  const rounds: StartUp[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await startOnce());
  return {
    readySeconds: median(rounds.map(({ readySeconds }) => readySeconds)),
    memoryMiB: median(rounds.map(({ memoryMiB }) => memoryMiB)),
    residentMiB: median(rounds.map(({ residentMiB }) => residentMiB)),
  };
}

async function startOnce(): Promise<StartUp> {
  const startedAt = performance.now();
  const child = npmRun('dev', '--', '--port', '0');
  const ended = once(child, 'close');
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      if (!READY.test(line)) continue;
      const readySeconds = (performance.now() - startedAt) / 1_000;
      const { proportional, resident } = treeMemory(child.pid ?? 0);
      return { readySeconds, memoryMiB: proportional, residentMiB: resident };
    }
    throw new RangeError('The local system did not get ready');
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
