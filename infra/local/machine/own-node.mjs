// Plain JavaScript without dependencies, for Node.js 20 and newer.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PARENT_CHECK_INTERVAL_MS = 500;
const BIN = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url));
const END_WITH_PARENT = new URL('end-with-parent.mjs', import.meta.url).href;
/** Compiled scripts, and TypeScript without its types. See https://nodejs.org/api/module.html#module-compile-cache. */
const COMPILE_CACHE = fileURLToPath(new URL('../../../.cache/node', import.meta.url));
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** The message of until-signal.ts that it distinguishes a relayed signal from one that the process received itself. */
const TAKES_RELAYED_SIGNALS = 'takes-relayed-signals';

/**
 * Runs a script with the project's own Node.js, with the same terminal and the same exit code. The script ends when this process
 * ends. Calls `onMissing` if there is no such Node.js.
 */
export function runWithOwnNode(script, args, onMissing) {
  const child = spawn(join(BIN, 'node'), ['--import', END_WITH_PARENT, script, ...args], {
    // The channel closes when this process ends, for any reason.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: {
      NODE_COMPILE_CACHE: COMPILE_CACHE,
      ...process.env,
      PATH: `${BIN}:${process.env.PATH}`,
      RUN_BY_PID: String(process.pid),
    },
  });
  let takesRelayed = false;
  child.on('message', (message) => {
    if (message === TAKES_RELAYED_SIGNALS) takesRelayed = true;
  });
  const relay = (signal) => {
    // The terminal sends Ctrl-C to both processes. Relayed as another signal, it does not count as a second Ctrl-C.
    if (!takesRelayed) child.kill('SIGTERM');
    else if (child.connected) child.send(signal);
  };
  for (const signal of SIGNALS) process.on(signal, () => relay(signal));
  // npm passes a signal only to its shell, which ends and does not signal its own children.
  const parent = process.ppid;
  const parentCheck = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(parentCheck);
    relay('SIGTERM');
  }, PARENT_CHECK_INTERVAL_MS);
  child.once('error', onMissing);
  child.once('close', (code, signal) => process.exit(code ?? exitCodeOf(signal)));
}

/** The exit code that a shell reports for a command that a signal has ended. */
export const exitCodeOf = (signal) => 128 + constants.signals[signal];

/** The signal that interrupted a command, by which it ended or which its exit code reports; `undefined` for another end. */
export const interruptionOf = (code, signal) =>
  SIGNALS.find((one) => one === signal || code === exitCodeOf(one));
