import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';

const PROGRESS = pathToFileURL(join(PROJECT_ROOT, 'infra/ops/command-line/progress.ts')).href;
const IN_ORDER = 7;
/** Shows its progress, and ends in order when its input ends. */
const SCRIPT = `
  import { progressBar } from ${JSON.stringify(PROGRESS)};
  const bar = progressBar('replaying', 2);
  process.stdin.resume().once('end', () => {
    bar.advance();
    bar.end();
    process.exitCode = ${IN_ORDER};
  });`;

it('the progress of a command does not end it where nothing reads it any more, as after a terminal is closed', async () => {
  const running = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  await once(running.stderr, 'data');
  running.stderr.destroy();
  running.stdin.end();
  expect(await once(running, 'exit')).toEqual([IN_ORDER, null]);
});
