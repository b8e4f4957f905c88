// Plain JavaScript without dependencies, for Node.js 20 and newer.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PARENT_LOOK_INTERVAL_MS = 500;
const BIN = fileURLToPath(new URL('../../node_modules/.bin', import.meta.url));
const END_WITH_PARENT = new URL('end-with-parent.mjs', import.meta.url).href;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
/** What until-signal.ts says when it can tell a signal that is relayed from one of its own. */
const TAKES_RELAYED_SIGNALS = 'takes-relayed-signals';

/**
 * Runs a script with the project's own Node.js as if it had been called itself: same terminal, same exit code, and it ends
 * when this process does. `onMissing` is called where there is no such Node.js.
 */
export function runWithOwnNode(script, args, onMissing) {
  const child = spawn(join(BIN, 'node'), ['--import', END_WITH_PARENT, script, ...args], {
    // The channel closes when this process is gone, however it went.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, PATH: `${BIN}:${process.env.PATH}`, RUN_BY_PID: String(process.pid) },
  });
  let takesRelayed = false;
  child.on('message', (message) => {
    if (message === TAKES_RELAYED_SIGNALS) takesRelayed = true;
  });
  const relay = (signal) => {
    // The terminal sends Ctrl-C to both: passed on as another signal it is not taken for a second, impatient one.
    if (!takesRelayed) child.kill('SIGTERM');
    else if (child.connected) child.send(signal);
  };
  for (const signal of SIGNALS) process.on(signal, () => relay(signal));
  // npm hands a signal to its shell alone, which ends without a word to what it has started.
  const parent = process.ppid;
  const looking = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(looking);
    relay('SIGTERM');
  }, PARENT_LOOK_INTERVAL_MS);
  child.once('error', onMissing);
  child.once('close', (code, signal) => process.exit(code ?? exitCodeOf(signal)));
}

/** As a shell gives it for a command that a signal has ended. */
export const exitCodeOf = (signal) => 128 + constants.signals[signal];
