// Holds infra/template.yaml against CloudFormation's schemas and SAM's rules; any finding, a warning too, fails.
// The two tools are Python programs: they are installed once, at these versions, into node_modules/.cache, which
// `sam build` does not copy along with the source.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PINS = ['cfn-lint==1.58.0', 'aws-sam-cli==1.170.0'];
const INSTALL_TIMEOUT_MS = 10 * 60 * 1_000;
const CHECK_TIMEOUT_MS = 2 * 60 * 1_000;
const PYTHON_REMEDY =
  'Install Python 3.10 or newer with its venv module (Debian: apt install python3 python3-venv).';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const template = join('infra', 'template.yaml');
const cache = join(root, 'node_modules', '.cache', 'check-template');
const venv = join(cache, `${PINS.map((pin) => pin.split('==')[1]).join('-')}`);
const bin = join(venv, process.platform === 'win32' ? 'Scripts' : 'bin');
// Written last, so that an installation that was cut short is made again.
const installed = join(venv, 'installed');

// Neither tool needs AWS: no credentials, no configuration of the user's, no telemetry.
const environment = {
  ...process.env,
  AWS_CONFIG_FILE: join(cache, 'no-aws-config'),
  AWS_SHARED_CREDENTIALS_FILE: join(cache, 'no-aws-credentials'),
  AWS_DEFAULT_REGION: 'eu-central-1',
  AWS_EC2_METADATA_DISABLED: 'true',
  PIP_DISABLE_PIP_VERSION_CHECK: '1',
  PYTHONWARNINGS: 'ignore',
  SAM_CLI_TELEMETRY: '0',
  __SAM_CLI_APP_DIR: join(cache, 'aws-sam'),
};

/** Runs a program to its end and returns whether it succeeded; its output is this script's output. */
function succeeds(program, args, timeoutMs) {
  const { status, signal, error } = spawnSync(program, args, {
    cwd: root,
    env: environment,
    stdio: 'inherit',
    timeout: timeoutMs,
  });
  if (error !== undefined) console.error(`${program}: ${error.message}`);
  else if (signal !== null) console.error(`${program}: ended by ${signal}`);
  return status === 0;
}

function fail(message) {
  console.error(`check:template: ${message}`);
  process.exit(1);
}

function findPython() {
  const candidates = [process.env['PYTHON'], 'python3', 'python'].filter((name) => name !== undefined);
  const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  const python = candidates.find(
    (name) => spawnSync(name, ['-c', check], { timeout: CHECK_TIMEOUT_MS }).status === 0,
  );
  return python ?? fail(`no usable Python found. ${PYTHON_REMEDY}`);
}

function installTools() {
  if (existsSync(installed)) return;
  const python = findPython();
  mkdirSync(cache, { recursive: true });
  console.log(`Installing ${PINS.join(' and ')} (once) …`);
  if (!succeeds(python, ['-m', 'venv', '--clear', venv], INSTALL_TIMEOUT_MS))
    fail(`the virtual environment could not be made. ${PYTHON_REMEDY}`);
  if (!succeeds(join(bin, 'python'), ['-m', 'pip', 'install', '--quiet', ...PINS], INSTALL_TIMEOUT_MS))
    fail('pip could not install the tools. Is a Python package index reachable?');
  writeFileSync(installed, `${PINS.join('\n')}\n`);
}

installTools();
if (!succeeds(join(bin, 'cfn-lint'), ['--non-zero-exit-code', 'informational', template], CHECK_TIMEOUT_MS))
  fail('cfn-lint found fault with the template.');
if (!succeeds(join(bin, 'sam'), ['validate', '--lint', '--template', template], CHECK_TIMEOUT_MS))
  fail('sam validate found fault with the template.');
console.log('check:template: no findings');
