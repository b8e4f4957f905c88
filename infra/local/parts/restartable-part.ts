import type { LocalPart, LocalPartOptions } from './local-part.ts';
import { LocalPartError } from './local-part.ts';

/** Starts a part. @throws LocalPartError */
export type StartPart = (options: LocalPartOptions) => Promise<LocalPart>;

/** What a part is made of. */
export interface RestartablePartOptions {
  readonly start: StartPart;
  readonly options: LocalPartOptions & { readonly port: number };
  /** Told when the process ends without having been asked to. */
  readonly onCrash: (part: LocalPart) => void;
}

/** A part that can be taken away and brought back on its port, as an outage does. */
export class RestartablePart {
  readonly #make: RestartablePartOptions;
  #part: LocalPart | undefined;

  constructor(make: RestartablePartOptions) {
    this.#make = make;
  }

  /** The process, while it runs. */
  get pid(): number | undefined {
    return this.#part?.pid;
  }

  /** @throws LocalPartError when the part cannot start. */
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

  /** Ends the process in order; harmless when it is not running. */
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

  /** Freezes the process: its port takes connections and never answers. */
  pause(): void {
    this.#signal('SIGSTOP');
  }

  /** Lets a frozen process go on. */
  resume(): void {
    this.#signal('SIGCONT');
  }

  /**
   * Starts the process again on its port, with what it has kept on disk.
   *
   * @throws LocalPartError `part-keeps-nothing` for one that keeps its data in memory.
   */
  async restart(): Promise<void> {
    if (this.#make.options.dataDir === undefined) {
      throw new LocalPartError(
        'part-keeps-nothing',
        'A part that keeps its data in memory cannot be started again',
        'Start the local system with a data folder.',
      );
    }
    await this.stop();
    await this.start();
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.pid;
    if (pid !== undefined) process.kill(pid, signal);
  }
}
