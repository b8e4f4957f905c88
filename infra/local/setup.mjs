// Plain JavaScript without dependencies, for Node.js 20 and newer: it runs before node_modules exists.
// Usage: node infra/local/setup.mjs SCRIPT [ARGUMENT...]
// Makes sure that all is there which SCRIPT needs, fetches what is missing, and runs SCRIPT with the project's own Node.js.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exitCodeOf, runWithOwnNode } from './own-node.mjs';
import { fetchOpenSearchJars, hasOpenSearchJars } from './parts/opensearch/jars.mjs';

const NODE_VERSION_MIN = 20;
const JAVA_VERSION_MIN = 17;
const CHECK_TIMEOUT_MS = 20_000;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('No script to run.', 'Usage: node infra/local/setup.mjs SCRIPT [ARGUMENT...]');

const interrupt = (signal) => {
  say('Stopping');
  process.exit(exitCodeOf(signal));
};
for (const signal of SIGNALS) process.once(signal, interrupt);

requireNode();
await requireJava();
await installPackages();
await installOpenSearch();
for (const signal of SIGNALS) process.off(signal, interrupt);
runWithOwnNode(script, args, () =>
  fail('The project has no Node.js of its own.', 'Remove node_modules and try again.'),
);

function requireNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_VERSION_MIN) return;
  fail(`Node.js ${process.versions.node} is too old.`, `Install Node.js ${NODE_VERSION_MIN} or newer.`);
}

async function requireJava() {
  const remedy = `Install a JDK ${JAVA_VERSION_MIN} or newer and put its java on the path.`;
  const release = Number(/version "(?:1\.)?(\d+)/.exec(await java('-version', remedy))?.[1]);
  if (!(release >= JAVA_VERSION_MIN)) fail(`java is of release ${release}.`, remedy);
  // The parts are launched from source.
  if (!(await java('--list-modules', remedy)).includes('jdk.compiler@'))
    fail('java is a runtime without a compiler.', remedy);
}

/** What java prints; one that is missing, or a stub that only says so, is the end. */
async function java(option, remedy) {
  let output = '';
  const status = await run('java', [option], { timeout: CHECK_TIMEOUT_MS }, (chunk) => {
    output += chunk;
  });
  if (status !== 0) fail('java is missing or does not run.', remedy);
  return output;
}

async function installPackages() {
  if (arePackagesCurrent()) return;
  say('Installing the npm packages (npm ci)');
  const status = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: ROOT });
  if (status !== 0) fail('npm ci failed.', 'Read what it printed above.');
}

/** The exit code of a command, which ends when this process does. What it prints goes to `take`, or else to the terminal. */
function run(command, commandArgs, options, take) {
  const output = take === undefined ? 'inherit' : 'pipe';
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, { ...options, stdio: ['ignore', output, output] });
    process.once('exit', () => child.kill('SIGKILL'));
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.once('error', () => resolve(undefined));
    child.once('close', (status) => resolve(status));
  });
}

/** Whether node_modules is what package-lock.json asks for: npm leaves there a copy of what it installed. */
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
  say('Fetching OpenSearch (mvn dependency:copy-dependencies, 53 MB)');
  try {
    await fetchOpenSearchJars();
  } catch (error) {
    fail(
      `${error.message}.`,
      'Install Apache Maven and put its mvn on the path, or name a cluster in OPENSEARCH_URL.',
    );
  }
}

function say(line) {
  console.log(line);
}

function fail(what, remedy) {
  console.error(`${what} ${remedy}`);
  process.exit(1);
}
