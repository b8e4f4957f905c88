import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { settledWithin } from '../../infra/local/machine/settled-within.ts';
import { MailFolder } from '../../infra/local/mail/mail-folder.ts';
import { destroyClients, type LocalClients, localClients } from '../../infra/local/system/local-clients.ts';
import { Drained, Ready } from './protocol.ts';

const PROGRAM = new URL('system-program.ts', import.meta.url);
const TIMEOUT_MS = 900_000;
const STOP_TIMEOUT_MS = 60_000;

/** The local system in another process, so that what loads it and looks at it is not in its memory and takes none of its thread's time. */
export class SystemProcess {
  readonly #child: ChildProcess;
  readonly apiUrl: string;
  readonly consoleUrl: string;
  readonly token: () => Promise<string>;
  readonly clients: LocalClients;
  readonly names: Readonly<Record<string, string>>;
  readonly mails: MailFolder;

  private constructor(child: ChildProcess, ready: Ready, mails: MailFolder) {
    this.#child = child;
    this.apiUrl = ready.apiUrl;
    this.consoleUrl = ready.consoleUrl;
    this.token = async () => ready.token;
    this.clients = localClients(ready.endpoints);
    this.names = ready.names;
    this.mails = mails;
  }

  /** @param parameters values for the template's parameters. */
  static async start(parameters: Readonly<Record<string, string>>): Promise<SystemProcess> {
    const child = fork(PROGRAM, [JSON.stringify(parameters)]);
    const ready = Ready.parse(await nextMessage(child));
    return new SystemProcess(child, ready, await MailFolder.open(ready.mailsPath));
  }

  /** Waits until all streams and queues are drained; returns the memory of the system's process then. */
  async drained(): Promise<Drained> {
    this.#child.send('drain');
    return Drained.parse(await nextMessage(this.#child));
  }

  /** Ends the process, also one that does not respond or has ended. */
  async stop(): Promise<void> {
    await destroyClients(this.clients);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    if (this.#child.connected) this.#child.send('stop');
    if (!(await settledWithin(ended, STOP_TIMEOUT_MS))) this.#child.kill('SIGKILL');
    await ended;
  }
}

/** What the process says next; rejects when it ends instead. */
async function nextMessage(child: ChildProcess): Promise<unknown> {
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const ended = once(child, 'exit', { signal }).then(() => {
    throw new RangeError("The system's process has ended");
  });
  try {
    const [message] = await Promise.race([once(child, 'message', { signal }), ended]);
    return message;
  } finally {
    over.abort();
    await ended.catch(() => undefined);
  }
}
