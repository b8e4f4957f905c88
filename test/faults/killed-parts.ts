import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeScratchFolder } from '../../infra/local/machine/scratch-folder.ts';
import type { SystemParts } from '../../infra/local/system/system-parts.ts';
import type { Fault } from './fault.ts';
import { playWith, type Strike } from './faulty-system.ts';
import { until } from './until.ts';

/** kill -9 of a server, which is started again after an outage on what it has kept on disk. */
export const partKilled = (name: string, part: keyof SystemParts): Fault => ({
  name,
  run: async (options) => {
    // Without a folder DynamoDB Local keeps its data in memory, four times as fast, and a kill is the end of it.
    const dataDir = part === 'dynamoDb' ? makeScratchFolder() : undefined;
    try {
      // A mail may be sent while its note cannot be written.
      return await playWith(killAndRestart(part), options, { dataDir, mayMailTwice: part === 'dynamoDb' });
    } finally {
      if (dataDir !== undefined) await rm(dataDir, { recursive: true, force: true });
    }
  },
});

const killAndRestart =
  (part: keyof SystemParts): Strike =>
  async ({ parts }, { outageMs }) => {
    await parts[part].kill();
    await sleep(outageMs);
    await parts[part].restart();
  };

/**
 * A function's workers ended in the midst of an invocation, several times. They are threads of the local system's own process, so this
 * is what kill -9 is to them: nothing of them runs any longer.
 */
export const functionKilled = (name: string, logicalId: string, times: number): Fault => ({
  name,
  run: (options) =>
    playWith(async (system) => {
      for (let time = 0; time < times; time += 1) {
        await until(`${logicalId} at work`, () => system.functions.get(logicalId)?.isInvoking);
        await system.restartFunction(logicalId);
      }
    }, options),
});
