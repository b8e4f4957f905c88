import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as z from 'zod';
import { makeScratchFolder } from '../../infra/local/machine/scratch-folder.ts';
import type { Fault } from './fault.ts';

const PROGRAM = new URL('system-program.ts', import.meta.url).pathname;
const TIMEOUT_MS = 600_000;
const BUFFER_BYTES_MAX = 16 * 1_024 * 1_024;

/** What the program says when it has killed itself and when it has finished. */
export const Begun = z.object({ indexedBefore: z.number(), killedAt: z.number() });
export const Finished = z.object({
  startedAt: z.number(),
  recordsRetried: z.number(),
  deadLetters: z.number(),
  differences: z.array(z.string()),
});

/**
 * kill -9 of the local system's own process and all its servers at the same moment, in the middle of an import; then another process
 * starts on the same folder and continues.
 */
export const systemKilled: Fault = {
  name: 'the complete system: kill -9',
  run: async ({ orders }) => {
    const dataDir = makeScratchFolder();
    try {
      const begun = Begun.parse(await runProgram('begin', dataDir, orders));
      const finished = Finished.parse(await runProgram('finish', dataDir, orders));
      const { startedAt, ...result } = finished;
      return {
        ...result,
        indexedBefore: begun.indexedBefore,
        lastedMs: startedAt - begun.killedAt,
      };
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

/** Gives what the program prints last, in JSON. */
async function runProgram(part: 'begin' | 'finish', dataDir: string, orders: number): Promise<unknown> {
  const running = promisify(execFile)(process.execPath, [PROGRAM, part, dataDir, String(orders)], {
    timeout: TIMEOUT_MS,
    maxBuffer: BUFFER_BYTES_MAX,
  });
  const { stdout } = await running.catch((error: unknown) => {
    const killed = Killed.safeParse(error);
    if (part === 'begin' && killed.success) return killed.data;
    throw error;
  });
  return JSON.parse(stdout);
}

const Killed = z.object({ signal: z.literal('SIGKILL'), killed: z.literal(false), stdout: z.string() });
