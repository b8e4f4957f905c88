import { constants } from 'node:os';
import * as z from 'zod';
import { read } from '../../contracts/reading.ts';
import { OrderStreamError } from '../../pipelines/errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const Signal = z.enum(SIGNALS);
type Signal = z.infer<typeof Signal>;
/** As own-node.mjs knows it. */
const TAKES_RELAYED_SIGNALS = 'takes-relayed-signals';
const EXIT_CODE_BASE = 128;
/** Within it a signal that comes relayed and of its own is one. */
const SAME_SIGNAL_MS = 1_000;

/** Somebody ended the process before it had done its work. */
export class InterruptedError extends OrderStreamError {
  readonly code = 'interrupted';
  readonly remedy = 'Start it again.';
  /** As a shell gives it: 130 after Ctrl-C, 143 after SIGTERM. */
  readonly exitCode: number;

  constructor(signal: Signal) {
    super(`Interrupted by ${signal}`);
    this.exitCode = EXIT_CODE_BASE + constants.signals[signal];
  }
}

/** How a person ends a command. */
export interface Interruption {
  /** Aborts at the first signal, with an {@link InterruptedError} as its reason. */
  readonly signal: AbortSignal;
  /** Resolves at the first signal. */
  readonly interrupted: Promise<void>;
}

/**
 * Takes this process's signals: the first one ends the command in order, a second one ends the process at once, with what
 * is registered by `atExit` cleaned up.
 *
 * A signal may come twice, itself and relayed by own-node.mjs: the terminal and `kill -TERM -GROUP` signal both processes, and npm
 * passes some on besides. A process that is signalled itself counts those signals alone.
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
    if (first.signal.aborted) {
      console.error('Ending at once');
      process.exit(error.exitCode);
    }
    first.abort(error);
  };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      // The first one of its own, long after one that was relayed, is another signal.
      if (direct === 0 && performance.now() - handledAt > SAME_SIGNAL_MS) handled = 0;
      direct += 1;
      handle(signal);
    });
  }
  onRelayed((signal) => {
    relayed += 1;
    // A signal of our own that came with it is handled first.
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
  // The channel is no reason to go on for a command that is done.
  process.channel.unref();
  process.send(TAKES_RELAYED_SIGNALS);
}
