import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { makeOwnFolder } from '../machine/scratch-folder.ts';
import type { CompiledClass } from './compiled-class.ts';

const TRAINING_TIMEOUT_MS = 120_000;

/** A server that prints `ready PORT` and ends with its standard input. */
export interface ArchivedServer extends CompiledClass {
  /** What `java -version` prints: an archive is for one Java. */
  readonly javaVersion: string;
  readonly jvmOptions: readonly string[];
  /** The arguments of a start in an empty folder, on any port. */
  readonly args: (folder: string) => readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * The JVM options by which a server starts with its classes already loaded and verified: OpenSearch with less than half of the processor
 * time. The archive is made by a start of its own, once for each Java, launcher and version of the jars.
 * See https://docs.oracle.com/en/java/javase/17/vm/class-data-sharing.html.
 *
 * @returns no options if no archive can be made: the server starts without it.
 */
export async function classArchive(server: ArchivedServer): Promise<readonly string[]> {
  const file = join(dirname(firstOf(server.classPath)), `${keyOf(server)}.jsa`);
  if (!existsSync(file)) await train(server, file);
  // A JVM that cannot use the archive says so and starts without it.
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`] : [];
}

async function train(server: ArchivedServer, file: string): Promise<void> {
  const { classPath, mainClass, jvmOptions, args, signal } = server;
  const folder = makeOwnFolder(dirname(file), 'training-');
  try {
    const made = join(folder, 'classes.jsa');
    const running = promisify(execFile)(
      'java',
      [...jvmOptions, `-XX:ArchiveClassesAtExit=${made}`, '-cp', classPath, mainClass, ...args(folder)],
      { timeout: TRAINING_TIMEOUT_MS, ...(signal && { signal }) },
    );
    running.child.stdout?.on('data', (output: string) => {
      if (/^ready \d+$/m.test(output)) running.child.stdin?.end();
    });
    await running;
    renameSync(made, file);
  } catch {
    signal?.throwIfAborted();
  } finally {
    rmSync(folder, { recursive: true, force: true });
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
