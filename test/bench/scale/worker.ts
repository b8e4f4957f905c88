import { parentPort } from 'node:worker_threads';
import { installVirtualTime } from '../../simulation/virtual-time.ts';
import type { Asked } from './run-in-workers.ts';

installVirtualTime();
// Thousands of conflicts are made on purpose, and their stacks are not used.
Error.stackTraceLimit = 0;
const { measureLanes } = await import('./measure-lanes.ts');
const { measureWriteUnits } = await import('./measure-write-units.ts');

parentPort?.on('message', async (asked: Asked) => {
  parentPort?.postMessage(
    asked.what === 'lanes' ? await measureLanes(asked) : await measureWriteUnits(asked.batch, asked.stock),
  );
});
