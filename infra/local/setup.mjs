// Plain JavaScript without dependencies, for Node.js 20 and newer: it runs before node_modules exists.
// Usage: node infra/local/setup.mjs SCRIPT [ARGUMENT...]
// Makes sure that all is there which SCRIPT needs, fetches what is missing, and runs SCRIPT with the project's own Node.js.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runWithOwnNode } from './own-node.mjs';
import { fetchOpenSearchJars, hasOpenSearchJars } from './parts/opensearch/jars.mjs';

const NODE_VERSION_MIN = 20;
const JAVA_VERSION_MIN = 17;
const CHECK_TIMEOUT_MS = 20_000;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('No script to run.', 'Usage: node infra/local/setup.mjs SCRIPT [ARGUMENT...]');

requireNode();
requireJava();
installPackages();
await installOpenSearch();
runWithOwnNode(script, args, () =>
  fail('The project has no Node.js of its own.', 'Remove node_modules and try again.'),
);

function requireNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_VERSION_MIN) return;
  fail(`Node.js ${process.versions.node} is too old.`, `Install Node.js ${NODE_VERSION_MIN} or newer.`);
}

function requireJava() {
  const remedy = `Install a JDK ${JAVA_VERSION_MIN} or newer and put its java on the path.`;
  const { stderr } = java('-version', remedy);
  const release = Number(/version "(?:1\.)?(\d+)/.exec(stderr)?.[1]);
  if (!(release >= JAVA_VERSION_MIN)) fail(`java is of release ${release}.`, remedy);
  // The parts are launched from source.
  if (!java('--list-modules', remedy).stdout.includes('jdk.compiler@'))
    fail('java is a runtime without a compiler.', remedy);
}

/** Runs java; one that is missing, or a stub that only says so, is the end. */
function java(option, remedy) {
  const result = spawnSync('java', [option], { encoding: 'utf8', timeout: CHECK_TIMEOUT_MS });
  if (result.status !== 0) fail('java is missing or does not run.', remedy);
  return result;
}

function installPackages() {
  if (arePackagesCurrent()) return;
  say('Installing the npm packages (npm ci)');
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) fail('npm ci failed.', 'Read what it printed above.');
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
