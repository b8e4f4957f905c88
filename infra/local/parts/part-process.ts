import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { atExit } from '../machine/at-exit.ts';
import { LOCAL_HOST, requireFreePort } from '../machine/free-port.ts';
import type { LocalPart, LocalPartOptions } from '../machine/local-part.ts';
import { LocalPartError } from '../machine/local-part.ts';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LINES_KEPT_MAX = 200;

/** Options for the start of a part. */
export interface PartProcessOptions extends LocalPartOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a server as a child process and waits until it prints `ready PORT`.
 *
 * The child ends when its standard input ends, so it cannot outlive this process, even if this process is killed. It has its own
 * process group: Ctrl-C reaches only this process, which then stops its parts in order.
 *
 * @throws LocalPartError `port-taken`, or `part-did-not-start` with the reason that the part printed; the reason of `signal` if that
 * aborts.
 */
export async function startPartProcess(options: PartProcessOptions): Promise<LocalPart> {
  await requireFreePort(options.port ?? 0, options.name);
  options.signal?.throwIfAborted();
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: options.env ?? process.env,
  });
  // A child that ends closes the pipe. `exited` reports its end.
  child.stdin.on('error', () => undefined);
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  void exited.then(atExit(() => child.kill('SIGKILL')));
  const stop = (): Promise<void> => stopProcess(child, exited);
  try {
    const port = await readyPort(child, options, exited);
    return { name: options.name, endpoint: `http://${LOCAL_HOST}:${port}`, pid: child.pid, exited, stop };
  } catch (error) {
    if (options.signal?.aborted) child.kill('SIGKILL');
    await stop();
    options.signal?.throwIfAborted();
    // Another process may have taken the port during the start.
    await requireFreePort(options.port ?? 0, options.name);
    throw error;
  }
}

async function readyPort(
  child: ChildProcess,
  { name, log, signal }: PartProcessOptions,
  exited: Promise<void>,
): Promise<number> {
  const lines: string[] = [];
  const ready = new Promise<number>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const port = /^ready (\d+)$/.exec(line)?.[1];
        if (port !== undefined) resolve(Number(port));
        log?.(line);
        if (lines.length < LINES_KEPT_MAX) lines.push(line);
      });
    }
  });
  const timer = new AbortController();
  const until = signal === undefined ? timer.signal : AbortSignal.any([timer.signal, signal]);
  const timedOut = sleep(READY_TIMEOUT_MS, undefined, { signal: until, ref: false }).catch(() => undefined);
  const port = await Promise.race([ready, exited, timedOut]);
  timer.abort();
  if (port !== undefined && !signal?.aborted) return port;
  throw new LocalPartError(
    'part-did-not-start',
    `${name} did not start: ${reasonIn(lines)}`,
    'Check its output in the log.',
    { cause: lines.join('\n') },
  );
}

/** The reason why a server cannot start, found among its stack traces. */
const reasonIn = (lines: readonly string[]): string =>
  (
    lines.find((line) => /error|exception|cannot|failed/i.test(line)) ??
    lines[0] ??
    'it printed nothing'
  ).trim();

async function stopProcess(child: ChildProcess, exited: Promise<void>): Promise<void> {
  child.stdin?.end();
  const timer = new AbortController();
  const late = sleep(STOP_TIMEOUT_MS, 'late', { signal: timer.signal, ref: false }).catch(() => undefined);
  if ((await Promise.race([exited, late])) === 'late') child.kill('SIGKILL');
  timer.abort();
  await exited;
}
