import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { atExit } from '../machine/at-exit.ts';
import { makeOwnFolder } from '../machine/scratch-folder.ts';
import type { CompiledClass } from './compiled-class.ts';

const TRAINING_TIMEOUT_MS = 120_000;
const ARCHIVE = '.jsa';
const REFUSAL = '.none';

/** A server that prints `ready PORT` and ends with its standard input. */
export interface ArchivedServer extends CompiledClass {
  /** What `java -version` prints: an archive is for one Java. */
  readonly javaVersion: string;
  readonly jvmOptions: readonly string[];
  /** The arguments of a start in an empty folder, on any port. */
  readonly args: (folder: string) => readonly string[];
  /** Receives each line that the training prints, which may be hundreds, and why no archive was made. */
  readonly log?: ((line: string) => void) | undefined;
  /** Ends the training at once. */
  readonly signal?: AbortSignal | undefined;
  /** After so many milliseconds the training is killed. The default is 120,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The JVM options by which a server starts with its classes already loaded and verified, in less processor time
 * (docs/adr/0092-class-archives-and-a-compile-cache.md). The archive is made by a start of its own, once for each Java, launcher and version of the jars. A start that made none is not
 * repeated: a file beside the jar keeps the reason.
 * See https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html.
 *
 * @returns no options if no archive can be made: the server starts without it.
 * @throws the reason of `signal` if that aborts.
 */
export async function classArchive(server: ArchivedServer): Promise<readonly string[]> {
  const path = join(dirname(firstOf(server.classPath)), keyOf(server));
  const file = `${path}${ARCHIVE}`;
  const refusal = `${path}${REFUSAL}`;
  if (!existsSync(file) && !existsSync(refusal)) await makeOrRefuse(server, file, refusal);
  // A JVM that cannot use the archive says so and starts without it.
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`] : [];
}

async function makeOrRefuse(server: ArchivedServer, file: string, refusal: string): Promise<void> {
  try {
    await train(server, file);
    removeOthers(file);
  } catch (error) {
    server.signal?.throwIfAborted();
    // Another process has made it meanwhile.
    if (existsSync(file)) return;
    const reason = `${server.mainClass} starts without a class archive: ${error instanceof Error ? error.message : 'unknown'}`;
    server.log?.(`${reason}. The next attempt is when ${refusal} does not exist.`);
    keep(refusal, reason);
  }
}

/** Starts the server and ends it when it is ready: its JVM then writes the archive, which gets its name in one step. */
async function train(server: ArchivedServer, file: string): Promise<void> {
  const { classPath, mainClass, jvmOptions, args, log, signal, timeoutMs = TRAINING_TIMEOUT_MS } = server;
  const folder = makeOwnFolder(dirname(file), 'training-');
  try {
    const made = join(folder, 'classes.jsa');
    const child = spawn(
      'java',
      [...jvmOptions, `-XX:ArchiveClassesAtExit=${made}`, '-cp', classPath, mainClass, ...args(folder)],
      // A group of its own: Ctrl-C ends it by `signal` only. A JVM that is asked to end first writes its archive.
      { detached: true, timeout: timeoutMs, killSignal: 'SIGKILL', ...(signal && { signal }) },
    );
    const forget = atExit(() => child.kill('SIGKILL'));
    child.stdin.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (/^ready \d+$/.test(line)) child.stdin.end();
        log?.(`class archive: ${line}`);
      });
    }
    // `close`, since an abort is an error before the process has ended.
    child.on('error', () => undefined);
    await new Promise((resolve) => child.once('close', resolve));
    forget();
    if (child.killed) throw new Error(`java had not ended after ${timeoutMs} ms`);
    const end = child.exitCode ?? child.signalCode;
    if (end !== 0 || !existsSync(made)) throw new Error(`java ended with ${end} and made none`);
    renameSync(made, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes what was for other versions of the jars or of Java. A JVM that runs keeps the archive that it has opened. */
function removeOthers(file: string): void {
  for (const name of readdirSync(dirname(file))) {
    const isArchiveOrRefusal = name.endsWith(ARCHIVE) || name.endsWith(REFUSAL);
    if (isArchiveOrRefusal && name !== basename(file)) rmSync(join(dirname(file), name), { force: true });
  }
}

function keep(refusal: string, reason: string): void {
  try {
    writeFileSync(refusal, `${reason}\n`);
  } catch {
    // The folder cannot be written either. The next start finds that out at once.
  }
}

/** The JVM refuses an archive whose jars have another size or date, or that another JVM has made. */
function keyOf({ classPath, javaVersion }: ArchivedServer): string {
  const hash = createHash('sha256').update(javaVersion);
  for (const jar of classPath
    .split(delimiter)
    .flatMap((path) => globSync(path))
    .toSorted()) {
    const { size, mtimeMs } = statSync(jar);
    hash.update(`${jar} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

const firstOf = (classPath: string): string => classPath.split(delimiter)[0] ?? '';
