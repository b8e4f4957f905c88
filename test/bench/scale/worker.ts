import { parentPort } from 'node:worker_threads';
import { installVirtualTime } from '../../simulation/virtual-time.ts';
import type { Asked } from './run-in-workers.ts';

installVirtualTime();
// Thousands of conflicts are made on purpose, and their stacks are not used.
Error.stackTraceLimit = 0;
const { measureLanes } = await import('./measure-lanes.ts');
const { measureUserLimits } = await import('./measure-user-limits.ts');
const { measureWriteUnits } = await import('./measure-write-units.ts');

async function measured(asked: Asked): Promise<unknown> {
  if (asked.what === 'lanes') return measureLanes(asked);
  return asked.what === 'user limits' ? measureUserLimits(asked) : measureWriteUnits(asked.batch, asked);
}
parentPort?.on('message', async (asked: Asked) => {
  parentPort?.postMessage(await measured(asked));
});
