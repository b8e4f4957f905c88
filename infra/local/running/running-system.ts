import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/core/errors.ts';
import { isProcessRunning } from '../process-running.mjs';
import { PROJECT_ROOT } from '../project-root.ts';

const FILE = join(PROJECT_ROOT, '.data', 'running.json');
const OWNER_ONLY = 0o600;

/** What another process must know to work with a running local system. */
export const RunningSystem = z.object({
  pid: z.int().positive(),
  apiUrl: z.url(),
  /** Where the running process tells of its mappings. */
  controlUrl: z.url(),
  endpoints: z.object({ dynamoDb: z.url(), messaging: z.url(), openSearch: z.url() }),
  /** What `!Ref` gives of the template's resources, by logical id. */
  names: z.record(z.string(), z.string()),
  /** The template's parameter of this name: a replay writes orders by it as the consumer does. */
  orderRetentionDays: z.int().nonnegative(),
});
export type RunningSystem = z.infer<typeof RunningSystem>;

/** No local system of this project runs that one could work with. */
export class NoLocalSystemError extends OrderStreamError {
  readonly code = 'no-local-system';
  readonly remedy = 'Start one with npm run dev, or name a stack of an AWS account with --stack.';

  constructor() {
    super('No local system is running');
  }
}

/**
 * Tells other processes of this system; of two that run at once, the later one is told of.
 *
 * @returns what takes it back.
 */
export function announceRunning(system: Omit<RunningSystem, 'pid'>, file = FILE): () => void {
  const partial = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(partial, JSON.stringify({ ...system, pid: process.pid } satisfies RunningSystem), {
    mode: OWNER_ONLY,
  });
  renameSync(partial, file);
  return () => {
    if (read(file)?.pid === process.pid) rmSync(file, { force: true });
  };
}

/** The local system that runs. @throws NoLocalSystemError */
export function runningSystem(file = FILE): RunningSystem {
  const system = read(file);
  if (system === undefined || !isProcessRunning(system.pid)) throw new NoLocalSystemError();
  return system;
}

function read(file: string): RunningSystem | undefined {
  try {
    return parseJson(RunningSystem, readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
