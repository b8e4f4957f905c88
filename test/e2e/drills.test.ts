import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillWithSample } from '../../infra/demo/fill.ts';
import { silent } from '../../infra/demo/progress.ts';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { type OpenToOperators, openToOperators } from '../../infra/local/running/open-to-operators.ts';
import { type LocalSystem, startLocalSystem } from '../../infra/local/system/local-system.ts';

/** The drills wait for conditions of the system, on a busy machine too. */
const DRILL_TIMEOUT_MS = 900_000;
const ORDERS = 10;
const SECTION = /^## (.+)$([\s\S]*?)(?=^## |(?![\s\S]))/gm;
const BLOCK = /^```sh\n([\s\S]*?)^```$/gm;

/** The commands of each section of the document, in order. */
const sections = new Map(
  [...readFileSync(join(PROJECT_ROOT, 'docs/drills.md'), 'utf8').matchAll(SECTION)].map(
    ([, title = '', text = '']) =>
      [title, [...text.matchAll(BLOCK)].map(([, commands = '']) => commands).join('\n')] as const,
  ),
);
const [preparation, ...drills] = [...sections];

let system: LocalSystem;
let operators: OpenToOperators;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drills-'));
  system = await startLocalSystem();
  operators = await openToOperators(system);
  await fillWithSample(system, ORDERS, silent);
}, DRILL_TIMEOUT_MS);
afterAll(async () => {
  await operators?.stop();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs commands as a person pastes them, without `pipefail`, and stops at the first that fails. Returns what they print. They find this system beside others. */
async function paste(commands: string): Promise<string> {
  const ofThisSystem = commands.replaceAll(/npm run -s (?:ops|import) --/g, `$& --pid ${process.pid}`);
  const { stdout } = await promisify(execFile)('bash', ['-eu', '-c', ofThisSystem], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, TMPDIR: folder },
    timeout: DRILL_TIMEOUT_MS,
  });
  return stdout;
}

describe('the drills of docs/drills.md', () => {
  it('are three incidents after the preparation', () => {
    expect(preparation?.[0]).toBe('Prepare');
    expect(drills).toHaveLength(3);
  });

  it.each(drills)(
    '%s: its commands lead from the alarm to the all-clear',
    async (_title, commands) => {
      await paste(`${preparation?.[1]}\n${commands}`);
      expect(await paste('npm run -s ops -- --json chaos --list')).toBe('[]\n');
    },
    DRILL_TIMEOUT_MS,
  );
});
