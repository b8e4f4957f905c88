// Checks infra/template.yaml against CloudFormation's schemas and SAM's rules. Any finding fails, including a warning.
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPythonTools, PythonToolsError } from './python-tools.mjs';

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

const { bin, env } = install();
if (!succeeds(join(bin, 'cfn-lint'), ['--non-zero-exit-code', 'informational', template], env))
  fail('cfn-lint reports errors in the template.');
if (!succeeds(join(bin, 'sam'), ['validate', '--lint', '--template', template], env))
  fail('sam validate reports errors in the template.');
console.log('check:template: no findings');
