import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';

const OWN_NODE = join(PROJECT_ROOT, 'node_modules', '.bin');
/** What own-node.mjs and setup.mjs give the benchmark itself. */
const OF_THE_BENCHMARK = ['NODE_COMPILE_CACHE', 'CHECKED_JAVA', 'RUN_BY_PID'];

/** Runs a script of package.json as a user does, without what the benchmark's own start has prepared. SIGTERM ends it in order. */
export function npmRun(...args: readonly string[]): ChildProcessByStdio<null, Readable, null> {
  return spawn('npm', ['run', ...args], {
    cwd: PROJECT_ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: userEnvironment(process.env),
  });
}

/** The environment without what the start of a benchmark adds to it. */
export const userEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !OF_THE_BENCHMARK.includes(name))),
  PATH: (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== OWN_NODE)
    .join(delimiter),
});
