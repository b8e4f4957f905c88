import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_HOST, requireFreePort } from './free-port.ts';
import type { LocalPart, LocalPartOptions } from './local-part.ts';
import { LocalPartError } from './local-part-error.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LINES_KEPT_MAX = 20;

/** How a part is started. */
export interface PartProcessOptions extends LocalPartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a server as a child process and waits until it prints `ready PORT`.
 *
 * The child ends when its standard input does, so it cannot outlive this process, not even one that is killed. It has a
 * process group of its own: Ctrl-C reaches this process only, which then ends its parts in order.
 *
 * @throws LocalPartError `port-taken` or `part-did-not-start`, with the last lines that it printed.
 */
export async function startPartProcess(options: PartProcessOptions): Promise<LocalPart> {
  await requireFreePort(options.port ?? 0, options.name);
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
  });
  // A child that has gone closes the pipe; that it has gone is what `exited` tells.
  child.stdin.on('error', () => undefined);
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const stop = (): Promise<void> => stopProcess(child, exited);
  try {
    const port = await readyPort(child, options, exited);
    return { name: options.name, endpoint: `http://${LOCAL_HOST}:${port}`, pid: child.pid, exited, stop };
  } catch (error) {
    await stop();
    // Somebody may have taken the port while the process was on its way to it.
    await requireFreePort(options.port ?? 0, options.name);
    throw error;
  }
}

async function readyPort(
  child: ChildProcess,
  { name, log }: PartProcessOptions,
  exited: Promise<void>,
): Promise<number> {
  const lastLines: string[] = [];
  const ready = new Promise<number>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const port = /^ready (\d+)$/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
        log?.(line);
        lastLines.push(line);
        if (lastLines.length > LINES_KEPT_MAX) lastLines.shift();
      });
    }
  });
  const timer = new AbortController();
  const timedOut = sleep(READY_TIMEOUT_MS, undefined, { signal: timer.signal, ref: false }).catch(
    () => undefined,
  );
  const port = await Promise.race([ready, exited, timedOut]);
  timer.abort();
  if (port !== undefined) return port;
  throw new LocalPartError(
    'part-did-not-start',
    `${name} did not start. It printed last:\n${lastLines.join('\n')}`,
    'Read what it printed.',
  );
}

async function stopProcess(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.stdin?.end();
  const timer = new AbortController();
  const late = sleep(STOP_TIMEOUT_MS, 'late', { signal: timer.signal, ref: false }).catch(() => undefined);
  if ((await Promise.race([exited, late])) === 'late') child.kill('SIGKILL');
  timer.abort();
  await exited;
}
