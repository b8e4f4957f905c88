// Plain JavaScript without dependencies, for Node.js 20 and newer: it runs before node_modules exists.
// Usage: node infra/local/setup.mjs [NODE-OPTION...] SCRIPT [ARGUMENT...]
// Checks what SCRIPT needs, installs what is missing, and runs SCRIPT with the project's own Node.js.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodeOf, interruptionOf, runWithOwnNode } from './machine/own-node.mjs';
import { fetchOpenSearchJars, hasOpenSearchJars } from './parts/opensearch/jars.mjs';

const NODE_VERSION_MIN = 20;
const JAVA_VERSION_MIN = 17;
const CHECK_TIMEOUT_MS = 20_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const [first, ...others] = process.argv.slice(2);
if (first === undefined)
  fail('No script to run.', 'Usage: node infra/local/setup.mjs [NODE-OPTION...] SCRIPT [ARGUMENT...]');

const interrupt = (signal) => {
  console.log('Stopping.');
  process.exit(exitCodeOf(signal));
};
for (const signal of SIGNALS) process.once(signal, interrupt);

requireNode();
await requireJava();
await installPackages();
await installOpenSearch();
for (const signal of SIGNALS) process.off(signal, interrupt);
runWithOwnNode(first, others, () =>
  fail('node_modules contains no Node.js.', 'Delete node_modules and try again.'),
);

function requireNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_VERSION_MIN) return;
  fail(`Node.js ${process.versions.node} is too old.`, `Install Node.js ${NODE_VERSION_MIN} or newer.`);
}

async function requireJava() {
  const remedy = `Install a JDK ${JAVA_VERSION_MIN} or newer and add its java to the PATH.`;
  const version = await java('-version', remedy);
  const release = Number(/version "(?:1\.)?(\d+)/.exec(version)?.[1]);
  if (!(release >= JAVA_VERSION_MIN)) fail(`Java ${release} is too old.`, remedy);
  // The parts are launched from source.
  if (!(await java('--list-modules', remedy)).includes('jdk.compiler@'))
    fail('The installed Java is a runtime without a compiler.', remedy);
  // Each look at java delays the start.
  process.env.CHECKED_JAVA = version;
}

/** What java prints. Ends the process if java is missing, or is a stub that only prints where to get one. */
async function java(option, remedy) {
  let output = '';
  const status = await run(
    'java',
    [option],
    { timeout: CHECK_TIMEOUT_MS, killSignal: 'SIGKILL' },
    (chunk) => {
      output += chunk;
    },
  );
  if (status !== 0) fail('Java is missing or does not run.', remedy);
  return output;
}

async function installPackages() {
  if (arePackagesCurrent()) return;
  console.log('Installing the npm packages (npm ci).');
  const status = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: ROOT });
  if (status !== 0) fail('npm ci failed.', 'Its output above says why.');
}

/**
 * The exit code of a command, which ends when this process ends. Its output goes to `onOutput`, or else to the terminal. Ctrl-C reaches
 * both, in either order, so a command that it ended interrupts this process too.
 */
function run(command, commandArgs, options, onOutput) {
  const output = onOutput === undefined ? 'inherit' : 'pipe';
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { ...options, stdio: ['ignore', output, output] });
    process.once('exit', () => child.kill('SIGKILL'));
    child.stdout?.on('data', onOutput);
    child.stderr?.on('data', onOutput);
    child.once('error', () => resolve(undefined));
    child.once('close', (status, signal) => {
      const interruption = interruptionOf(status, signal);
      if (interruption !== undefined) interrupt(interruption);
      resolve(status);
    });
  });
}

/** Whether node_modules matches package-lock.json: npm writes a copy of what it installed into node_modules. */
function arePackagesCurrent() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const has = packagesIn(installed);
  return Object.entries(packagesIn(join(ROOT, 'package-lock.json'))).every(
    ([path, { version, optional }]) => path === '' || optional === true || has[path]?.version === version,
  );
}

function packagesIn(lockFile) {
  return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
}

async function installOpenSearch() {
  if (process.env.OPENSEARCH_URL || hasOpenSearchJars()) return;
  console.log('Downloading OpenSearch (mvn dependency:copy-dependencies, 53 MB).');
  try {
    await fetchOpenSearchJars();
  } catch (error) {
    if (error.interruption !== undefined) interrupt(error.interruption);
    fail(
      `${error.message}.`,
      error.code === 'jars-differ'
        ? 'Do not use them: see SECURITY.md.'
        : 'Install Apache Maven and add its mvn to the PATH, or name a cluster in OPENSEARCH_URL.',
    );
  }
}

function fail(what, remedy) {
  console.error(`${what} ${remedy}`);
  process.exit(1);
}
