import { type ChildProcess, spawn } from 'node:child_process';
import type { LocalPart, LocalPartOptions } from '../machine/local-part.ts';
import { LocalPartError } from '../machine/local-part.ts';

/** Starts a part. @throws LocalPartError */
export type StartPart = (options: LocalPartOptions) => Promise<LocalPart>;

/** How a part is started. */
export interface RestartablePartOptions {
  readonly start: StartPart;
  readonly options: LocalPartOptions & { readonly port: number };
  /** Called when the process ends unexpectedly. */
  readonly onCrash: (part: LocalPart) => void;
}

/** A part that can be stopped and restarted on its port, as in an outage. */
export class RestartablePart {
  readonly #make: RestartablePartOptions;
  #part: LocalPart | undefined;
  /** While the process is frozen. */
  #thaw: ChildProcess | undefined;

  constructor(make: RestartablePartOptions) {
    this.#make = make;
  }

  /** The process, while it runs. */
  get pid(): number | undefined {
    return this.#part?.pid;
  }

  /** @throws LocalPartError if the part cannot start. */
  async start(): Promise<LocalPart> {
    const part = await this.#make.start(this.#make.options);
    this.#part = part;
    void part.exited.then(() => {
      if (this.#part !== part) return;
      this.#part = undefined;
      this.#make.onCrash(part);
    });
    return part;
  }

  /** Ends the process in order; harmless if it is not running. */
  async stop(): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    await part?.stop();
  }

  /** Ends the process at once, as a crash does. */
  async kill(): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    if (part?.pid === undefined) return;
    process.kill(part.pid, 'SIGKILL');
    await part.exited;
    await part.stop();
  }

  /** Freezes the process: its port accepts connections and never responds. */
  pause(): void {
    const { pid } = this;
    if (pid === undefined) return;
    this.#thaw ??= thawAtEnd(pid);
    process.kill(pid, 'SIGSTOP');
  }

  /** Lets a frozen process continue. */
  resume(): void {
    const { pid } = this;
    if (pid !== undefined) process.kill(pid, 'SIGCONT');
    this.#thaw?.stdin?.end();
    this.#thaw = undefined;
  }

  /**
   * Checks whether the part can be restarted, and changes nothing.
   *
   * @throws LocalPartError `part-keeps-nothing` for a part that keeps its data in memory; `part-not-owned` for a server that an environment
   * variable names.
   */
  requireRestartable(): void {
    if (this.#part !== undefined && this.#part.pid === undefined)
      throw new LocalPartError(
        'part-not-owned',
        `${this.#part.name} is no process of this system`,
        'Restart it yourself, or start the system without OPENSEARCH_URL.',
      );
    if (this.#make.options.dataDir === undefined)
      throw new LocalPartError(
        'part-keeps-nothing',
        'A part that keeps its data in memory cannot be restarted',
        'Stop the system and start it again, with --data to be able to restart the part.',
      );
  }

  /** Starts the process again on its port, with its data on disk. Throws the errors of {@link requireRestartable} and {@link start}. */
  async restart(): Promise<void> {
    this.requireRestartable();
    await this.stop();
    await this.start();
  }
}

/**
 * Starts a process that lets a frozen one continue when its standard input ends, so also when this process is killed: a frozen process does
 * not see the end of its own standard input, and would remain for ever.
 */
function thawAtEnd(pid: number): ChildProcess {
  const script = 'cat > /dev/null; kill -CONT "$0" 2> /dev/null';
  const child = spawn('sh', ['-c', script, `${pid}`], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.on('error', () => undefined);
  child.stdin?.on('error', () => undefined);
  child.unref();
  return child;
}
