import { parentPort } from 'node:worker_threads';
import { installVirtualTime } from '../../simulation/virtual-time.ts';
import type { LanesAsked } from './measure-lanes.ts';

installVirtualTime();
// Thousands of conflicts are made on purpose, and their stacks are not used.
Error.stackTraceLimit = 0;
const { measureLanes } = await import('./measure-lanes.ts');

parentPort?.on('message', async (asked: LanesAsked) => {
  parentPort?.postMessage(await measureLanes(asked));
});
