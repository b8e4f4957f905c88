import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const OWN_NODE = pathToFileURL(join(PROJECT_ROOT, 'infra/local/machine/own-node.mjs')).href;
const UNTIL_SIGNAL = pathToFileURL(join(PROJECT_ROOT, 'infra/local/machine/until-signal.ts')).href;
const EXIT_CODE_IN_ORDER = 7;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-node-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const ENDS_ON_SIGTERM = `process.once('SIGTERM', () => process.exit(${EXIT_CODE_IN_ORDER}));`;

/** A process that runs a script which ends in order when asked to, once that script runs; a group of its own. */
async function started(
  atWork = ENDS_ON_SIGTERM,
  nodeOptions: readonly string[] = [],
): Promise<ChildProcess & { readonly stdout: Readable }> {
  const script = join(folder, 'script.mjs');
  writeFileSync(script, `${atWork} setInterval(() => {}, 60_000); console.log('at work');`);
  const wrapper = join(folder, 'wrapper.mjs');
  const [first, ...others] = [...nodeOptions, script];
  writeFileSync(
    wrapper,
    `import { runWithOwnNode } from ${JSON.stringify(OWN_NODE)};
     runWithOwnNode(...${JSON.stringify([first, others])}, () => process.exit(1));`,
  );
  const running = spawn(process.execPath, [wrapper], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  await once(running.stdout, 'data');
  return running;
}

it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'hands %s on to the script and ends as it ends',
  async (signal) => {
    const running = await started();
    running.kill(signal);
    expect(await once(running, 'close')).toEqual([EXIT_CODE_IN_ORDER, null]);
  },
);

it('takes the script along when it is killed', async () => {
  const running = await started();
  running.kill('SIGKILL');
  // Their common output closes when the last of them has ended.
  expect(await once(running, 'close')).toEqual([null, 'SIGKILL']);
});

it('gives Node.js the options that come before the script', async () => {
  const endsInOrderWithOption = `process.once('SIGTERM', () =>
    process.exit(process.execArgv.includes('--no-opt') ? ${EXIT_CODE_IN_ORDER} : 1));`;
  const running = await started(endsInOrderWithOption, ['--no-opt']);
  running.kill('SIGTERM');
  expect(await once(running, 'close')).toEqual([EXIT_CODE_IN_ORDER, null]);
});

describe('a script that waits for the end by untilSignal', () => {
  /** Takes its time to end in order. */
  const SLOW = `
    import { untilSignal } from ${JSON.stringify(UNTIL_SIGNAL)};
    const { interrupted } = untilSignal();
    interrupted.then(() => console.log('ending'));`;
  const group = (running: ChildProcess, signal: NodeJS.Signals) =>
    process.kill(-(running.pid ?? NaN), signal);
  const wrapper = (running: ChildProcess, signal: NodeJS.Signals) => running.kill(signal);

  describe.each([
    ['its process group', group],
    ['the process that runs it', wrapper],
  ])('signalled by %s', (_name, send) => {
    it.each([
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const)('ends in order at the first %s, and at once at the second', async (signal, exitCode) => {
      const running = await started(SLOW);
      const output = createInterface({ input: running.stdout });
      send(running, signal);
      expect(await once(output, 'line')).toEqual(['ending']);
      expect(running.exitCode).toBeNull();
      send(running, signal);
      expect(await once(running, 'close')).toEqual([exitCode, null]);
    });
  });
});
