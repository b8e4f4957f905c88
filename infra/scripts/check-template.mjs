// Checks infra/template.yaml and its nested stacks against CloudFormation's schemas and limits, and SAM's rules; any finding, a warning too, fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PythonToolsError } from '../deploy-check/python-tools.mjs';
import { lastStackRelease, releasedChanges } from '../deploy-check/released/released-changes.mjs';
import { installTemplateTools, translatedStacks } from '../deploy-check/released/stacks.mjs';
import { cyclesOf } from './stack-cycles.mjs';
import { nearLimits } from './stack-limits.mjs';

const CHECK_TIMEOUT_MS = 2 * 60 * 1_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Runs a program and returns whether it succeeded. Its output is this script's output. */
function succeeds(program, args, env) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    env,
    stdio: 'inherit',
    timeout: CHECK_TIMEOUT_MS,
  });
  if (error !== undefined) console.error(`${program}: ${error.message}`);
  else if (signal !== null) console.error(`${program}: ended by ${signal}`);
  return status === 0;
}

function fail(message) {
  console.error(`check:template: ${message}`);
  process.exit(1);
}

function install() {
  try {
    return installTemplateTools();
  } catch (error) {
    if (error instanceof PythonToolsError) return fail(error.message);
    throw error;
  }
}

/** The file with a subscription to copy. */
function subscription() {
  const request = ['--queue', 'shipping', '--type', 'order.placed', '--status', 'placed', 'shipped'];
  const topic = ['--topic', 'arn:aws:sns:eu-central-1:000000000000:orders'];
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      'infra/local/setup.mjs',
      'infra/scripts/subscribe.ts',
      '--format',
      'cloudformation',
      ...request,
      ...topic,
    ],
    { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: CHECK_TIMEOUT_MS },
  );
  if (status !== 0) return fail('`npm run subscribe` failed.');
  const file = join('.cache', 'subscription.yaml');
  mkdirSync(join(root, '.cache'), { recursive: true });
  writeFileSync(join(root, file), stdout);
  return file;
}

const tools = install();
const stacks = translatedStacks(tools);
if (stacks === undefined) fail('SAM does not translate the template.');
const { bin, env } = tools;
const files = stacks.map(({ file }) => file);
if (!succeeds(join(bin, 'cfn-lint'), ['--non-zero-exit-code', 'informational', ...files], env))
  fail('cfn-lint found fault with the template.');
for (const file of files)
  if (!succeeds(join(bin, 'sam'), ['validate', '--template', file], env))
    fail(`sam validate found fault with ${file}.`);
if (!succeeds(join(bin, 'cfn-lint'), ['--non-zero-exit-code', 'informational', subscription()], env))
  fail('cfn-lint found fault with the subscription that `npm run subscribe` prints.');
for (const { file, resources, parameters, outputs, bytes } of stacks)
  console.log(
    `${file}: ${resources} resources, ${parameters} parameters, ${outputs} outputs, ${Math.ceil(bytes / 1_000)} KB translated`,
  );
const near = stacks.flatMap(nearLimits);
if (near.length > 0)
  fail(`close to what CloudFormation takes of a stack: ${near.join('; ')}. Nest a part of it.`);
const cycles = stacks.flatMap(cyclesOf);
if (cycles.length > 0)
  fail(`CloudFormation refuses resources that wait for each other:\n  ${cycles.join('\n  ')}`);
const last = lastStackRelease();
const changes = releasedChanges(last, stacks);
if (changes.length > 0)
  fail(`an update from release ${last.version} would lose what a stack holds:\n  ${changes.join('\n  ')}`);
console.log(`Compared with release ${last.version}: nothing that holds data, and no alarm, is lost.`);
console.log('check:template: no findings');
