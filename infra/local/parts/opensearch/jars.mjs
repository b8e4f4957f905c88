// Plain JavaScript without dependencies: infra/local/setup.mjs runs it before node_modules exists.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { interruptionOf } from '../../machine/own-node.mjs';
import { isProcessRunning } from '../../machine/process-running.mjs';

const POM = fileURLToPath(new URL('pom.xml', import.meta.url));
/** SHA-256 and name of each jar, as `sha256sum` prints them: Maven itself compares only a SHA-1 from the place that the jar is from. */
const CHECKSUMS = fileURLToPath(new URL('jars.sha256', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../../.cache/', import.meta.url));
const PARTIAL = 'opensearch-partial-';
const FETCH_TIMEOUT_MS = 600_000;
const OUTPUT_KEPT_MAX = 2_000;

/** The folder of OpenSearch's jars, which may not exist yet. It is named by their version, so a new version is downloaded automatically. */
export function openSearchJarsDir() {
  const version = /<opensearch\.runner\.version>([^<]+)</.exec(readFileSync(POM, 'utf8'))?.[1];
  return join(CACHE, `opensearch-${version}`);
}

/** Whether the jars exist. */
export const hasOpenSearchJars = () => existsSync(openSearchJarsDir());

/**
 * Downloads the jars with Maven into a temporary folder, and then renames it, so that the folder is always complete. Throws an Error
 * with `code` `maven-missing`, `jars-not-fetched` or `jars-differ`, and with `interruption` if a signal ended Maven.
 */
export async function fetchOpenSearchJars() {
  if (hasOpenSearchJars()) return;
  mkdirSync(CACHE, { recursive: true });
  sweepPartial();
  const partial = mkdtempSync(join(CACHE, `${PARTIAL}${process.pid}-`));
  const remove = () => rmSync(partial, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    await maven(['-B', '-q', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${partial}`]);
    verifyJars(partial);
    renameSync(partial, openSearchJarsDir());
  } catch (error) {
    // Another process was faster. Its jars are the same.
    if (!hasOpenSearchJars()) throw error;
  } finally {
    remove();
    process.off('exit', remove);
  }
}

/** Throws an Error with `code` `jars-differ` unless the folder has exactly the jars of the list, byte by byte. */
export function verifyJars(folder, checksums = CHECKSUMS) {
  const wanted = new Map(
    readFileSync(checksums, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('  ').toReversed()),
  );
  const there = readdirSync(folder);
  const wrong = [
    ...there.filter((name) => wanted.get(name) !== sha256(join(folder, name))),
    ...[...wanted.keys()].filter((name) => !there.includes(name)),
  ];
  if (wrong.length > 0)
    throw failure('jars-differ', `Maven fetched other jars than jars.sha256 has: ${wrong.join(', ')}`);
}

const sha256 = (file) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Deletes the folders of interrupted downloads. */
function sweepPartial() {
  for (const name of readdirSync(CACHE)) {
    const [pid] = name.startsWith(PARTIAL) ? name.slice(PARTIAL.length).split('-') : [];
    if (pid !== undefined && !isProcessRunning(Number(pid)))
      rmSync(join(CACHE, name), { recursive: true, force: true });
  }
}

function maven(args) {
  return new Promise((resolve, reject) => {
    const child = spawn('mvn', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: FETCH_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const kill = () => child.kill('SIGKILL');
    // Ends mvn before the folder is deleted that it writes into.
    process.prependOnceListener('exit', kill);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output = (output + chunk).slice(-OUTPUT_KEPT_MAX);
      });
    }
    child.once('error', () => reject(failure('maven-missing', 'mvn is missing or does not run')));
    child.once('close', (code, signal) => {
      process.off('exit', kill);
      if (code === 0) return resolve();
      const error = failure('jars-not-fetched', `mvn could not download OpenSearch:\n${output}`);
      reject(Object.assign(error, { interruption: interruptionOf(code, signal) }));
    });
  });
}

const failure = (code, message) => Object.assign(new Error(message), { code });
