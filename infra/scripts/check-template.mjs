// Checks infra/template.yaml and its nested stacks against CloudFormation's schemas and limits, and SAM's rules; any finding, a warning too, fails.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPythonTools, PythonToolsError } from '../deploy-check/python-tools.mjs';
import { nearLimits } from './stack-limits.mjs';

const PINS = ['cfn-lint==1.58.0', 'aws-sam-cli==1.170.0'];
const CHECK_TIMEOUT_MS = 2 * 60 * 1_000;

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const template = join('infra', 'template.yaml');

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
    return installPythonTools('check-template', PINS);
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

/** The template's stack and those nested in it. */
function stackSizes({ bin, env }) {
  const { status, stdout, error } = spawnSync(
    join(bin, 'python'),
    [join('infra', 'scripts', 'stack-sizes.py'), template],
    {
      cwd: root,
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: CHECK_TIMEOUT_MS,
    },
  );
  if (error !== undefined) return fail(error.message);
  return status === 0 ? JSON.parse(stdout) : fail('SAM does not translate the template.');
}

const tools = install();
const stacks = stackSizes(tools);
const { bin, env } = tools;
const files = stacks.map(({ file }) => file);
if (!succeeds(join(bin, 'cfn-lint'), ['--non-zero-exit-code', 'informational', ...files], env))
  fail('cfn-lint found fault with the template.');
for (const file of files)
  if (!succeeds(join(bin, 'sam'), ['validate', '--lint', '--template', file], env))
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
console.log('check:template: no findings');
