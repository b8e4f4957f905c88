import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/project-root.ts';

const OWN_NODE = pathToFileURL(join(PROJECT_ROOT, 'infra/local/own-node.mjs')).href;
const EXIT_CODE_IN_ORDER = 7;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-node-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process that runs a script which ends in order when it is told to, once that script is at work. */
async function started(): Promise<ChildProcess> {
  const script = join(folder, 'script.mjs');
  writeFileSync(
    script,
    `process.once('SIGTERM', () => process.exit(${EXIT_CODE_IN_ORDER}));
     setInterval(() => {}, 60_000);
     console.log('at work');`,
  );
  const wrapper = join(folder, 'wrapper.mjs');
  writeFileSync(
    wrapper,
    `import { runWithOwnNode } from ${JSON.stringify(OWN_NODE)};
     runWithOwnNode(${JSON.stringify(script)}, [], () => process.exit(1));`,
  );
  const running = spawn(process.execPath, [wrapper], { stdio: ['ignore', 'pipe', 'inherit'] });
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
  // Their common output closes when the last of them is gone.
  expect(await once(running, 'close')).toEqual([null, 'SIGKILL']);
});
