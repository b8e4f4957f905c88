import { constants } from 'node:os';
import * as z from 'zod';
import { read } from '../../../contracts/reading.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const Signal = z.enum(SIGNALS);
type Signal = z.infer<typeof Signal>;
/** The message that own-node.mjs expects. */
const TAKES_RELAYED_SIGNALS = 'takes-relayed-signals';
const EXIT_CODE_BASE = 128;
/** A relayed signal and a direct one within this time are one signal. */
const SAME_SIGNAL_MS = 1_000;

/** A signal ended the process before its work was complete. */
export class InterruptedError extends OrderStreamError {
  readonly code = 'interrupted';
  readonly remedy = 'Start it again.';
  /** As a shell reports it: 130 after Ctrl-C, 143 after SIGTERM. */
  readonly exitCode: number;

  constructor(signal: Signal) {
    super(`Interrupted by ${signal}`);
    this.exitCode = EXIT_CODE_BASE + constants.signals[signal];
  }
}

/** The interruption of a command by a signal. */
export interface Interruption {
  /** Aborts at the first signal, with an {@link InterruptedError} as its reason. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly interrupted: Promise<void>;
}

/**
 * Handles this process's signals. The first signal ends the command in order. A second signal ends the process at once, after the
 * clean-ups that `atExit` registered.
 *
 * One signal may arrive twice, directly and relayed by own-node.mjs: the terminal and `kill -TERM -GROUP` signal both processes, and
 * npm also passes some on. A process that receives direct signals counts only those.
 */
export function untilSignal(): Interruption {
  const first = new AbortController();
  const interrupted = new Promise<void>((resolve) => {
    first.signal.addEventListener('abort', () => resolve());
  });
  let direct = 0;
  let relayed = 0;
  let handled = 0;
  let handledAt = Number.NEGATIVE_INFINITY;
  const handle = (signal: Signal): void => {
    const count = direct > 0 ? direct : relayed;
    if (count <= handled) return;
    handled = count;
    handledAt = performance.now();
    const error = new InterruptedError(signal);
    // A shell resends the SIGHUP of a closed terminal, which does not ask to end at once.
    if (first.signal.aborted && signal === 'SIGHUP') return;
    if (first.signal.aborted) {
      console.error('Stopping at once.');
      process.exit(error.exitCode);
    }
    first.abort(error);
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // The first direct signal is a new one if the last relayed signal is long ago.
      if (direct === 0 && performance.now() - handledAt > SAME_SIGNAL_MS) handled = 0;
      direct += 1;
      handle(signal);
    });
  }
  onRelayed((signal) => {
    relayed += 1;
    // A direct signal that arrived with it is handled first.
    setImmediate(() => handle(signal));
  });
  return { signal: first.signal, interrupted };
}

function onRelayed(take: (signal: Signal) => void): void {
  if (process.channel === undefined || process.send === undefined) return;
  process.on('message', (message) => {
    const { success, data } = read(Signal, message);
    if (success) take(data);
  });
  // The channel must not keep a completed command running.
  process.channel.unref();
  process.send(TAKES_RELAYED_SIGNALS);
}
