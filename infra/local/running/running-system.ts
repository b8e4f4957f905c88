import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import { atExit } from '../machine/at-exit.ts';
import { isProcessRunning } from '../machine/process-running.mjs';
import { PROJECT_ROOT } from '../machine/project-root.ts';

/** Contains a file for each running local system, named by its process. */
const FOLDER = join(PROJECT_ROOT, '.data', 'running');
const SUFFIX = '.json';
const OWNER_ONLY = 0o600;

/** What another process needs to work with a running local system. */
export const RunningSystem = z.object({
  pid: z.int().positive(),
  apiUrl: z.url(),
  /** Where the running process reports its mappings. */
  controlUrl: z.url(),
  endpoints: z.object({ dynamoDb: z.url(), messaging: z.url(), openSearch: z.url(), awsApis: z.url() }),
  /** What `!Ref` returns for the template's resources, by logical id. */
  names: z.record(z.string(), z.string()),
  /** The environment of the consumer order-events. A replay runs with its settings. */
  orderEventsEnvironment: z.record(z.string(), z.string()),
  /** The key of the hash of addresses in the index. A rebuild writes the same hashes. */
  emailHashKey: z.string(),
});
export type RunningSystem = z.infer<typeof RunningSystem>;

/** No local system of this project runs, or none in the named process. */
export class NoLocalSystemError extends OrderStreamError {
  readonly code = 'no-local-system';
  readonly remedy = 'Start one with npm run dev, or name a stack of an AWS account with --stack.';

  constructor(pid?: number) {
    super(pid === undefined ? 'No local system is running' : `No local system is running in process ${pid}`);
  }
}

/** Several local systems run, and none is named. */
export class SeveralLocalSystemsError extends OrderStreamError {
  readonly code = 'several-local-systems';
  readonly remedy: string;

  constructor(systems: readonly RunningSystem[]) {
    super(
      `${systems.length} local systems are running: ${systems.map(({ pid, apiUrl }) => `process ${pid} at ${apiUrl}`).join(', ')}`,
    );
    this.remedy = `Name one of them, for example with --pid ${systems[0]?.pid}.`;
  }
}

/**
 * Announces this system to other processes.
 *
 * @returns a function that withdraws the announcement.
 */
export function announceRunning(system: Omit<RunningSystem, 'pid'>, folder = FOLDER): () => void {
  const file = join(folder, `${process.pid}${SUFFIX}`);
  const partial = `${file}.partial`;
  mkdirSync(folder, { recursive: true });
  const remove = (): void => {
    rmSync(file, { force: true });
    rmSync(partial, { force: true });
  };
  const cancelAtExit = atExit(remove);
  writeFileSync(partial, JSON.stringify({ ...system, pid: process.pid } satisfies RunningSystem), {
    mode: OWNER_ONLY,
  });
  renameSync(partial, file);
  return () => {
    cancelAtExit();
    remove();
  };
}

/**
 * The local system that runs; if several run, the one of this process. Removes the files of processes that no longer run.
 *
 * @throws NoLocalSystemError; SeveralLocalSystemsError if several run and none is named.
 */
export function runningSystem(pid?: number, folder = FOLDER): RunningSystem {
  const systems = runningSystems(folder).filter((one) => pid === undefined || one.pid === pid);
  const [system, ...others] = systems;
  if (system === undefined) throw new NoLocalSystemError(pid);
  if (others.length > 0) throw new SeveralLocalSystemsError(systems);
  return system;
}

function runningSystems(folder: string): readonly RunningSystem[] {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.flatMap((name) => {
    const file = join(folder, name);
    if (!isProcessRunning(Number.parseInt(name, 10))) rmSync(file, { force: true });
    else if (name.endsWith(SUFFIX)) return read(file) ?? [];
    return [];
  });
}

/** `undefined` if the system has just withdrawn it. */
function read(file: string): RunningSystem | undefined {
  try {
    return parseJson(RunningSystem, readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
