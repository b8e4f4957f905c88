import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { LocalPartError } from '../machine/local-part.ts';
import { PROJECT_ROOT } from '../machine/project-root.ts';

const CACHE = join(PROJECT_ROOT, '.cache');
const COMPILE_TIMEOUT_MS = 120_000;
/** The oldest Java that runs the parts, so that the class does not depend on the Java that compiled it. */
const RELEASE = '17';

const LAUNCHER_JAR = 'launcher.jar';

/** A class on the class path, and its name. */
export interface CompiledClass {
  readonly classPath: string;
  readonly mainClass: string;
}

/**
 * Compiles a launcher, once for each version of its source and class path. `java FILE.java` would compile it at each start, which takes
 * more of the processor than the start itself. The class is in a jar: a class archive is refused for a class path with folders.
 *
 * @throws LocalPartError `launcher-not-compiled`.
 */
export async function compiledClass(source: string, classPath: readonly string[]): Promise<CompiledClass> {
  const mainClass = basename(source, '.java');
  const dependencies = classPath.join(':');
  const hash = createHash('sha256')
    .update(readFileSync(source))
    .update(dependencies)
    .update(LAUNCHER_JAR)
    .digest('hex');
  const folder = join(CACHE, `${mainClass}-${hash.slice(0, 16)}`);
  if (!existsSync(folder)) await compile(source, classPath, folder);
  return { classPath: [join(folder, LAUNCHER_JAR), dependencies].join(':'), mainClass };
}

async function compile(source: string, classPath: readonly string[], folder: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const partial = mkdtempSync(`${folder}-`);
  // The compiler itself does not expand `folder/*`, as its command does.
  const dependencies = classPath.flatMap((path) => globSync(path)).join(':');
  const classes = join(partial, 'classes');
  const options = ['--release', RELEASE, '-cp', dependencies, '-d', classes];
  // Not `javac` and `jar`, which need not be on the PATH.
  const tool = (name: string, ...args: readonly string[]) =>
    promisify(execFile)('java', ['-m', name, ...args], { timeout: COMPILE_TIMEOUT_MS });
  try {
    await tool('jdk.compiler/com.sun.tools.javac.Main', ...options, source);
    await tool('jdk.jartool/sun.tools.jar.Main', 'cf', join(partial, LAUNCHER_JAR), '-C', classes, '.');
    renameSync(partial, folder);
  } catch (cause) {
    rmSync(partial, { recursive: true, force: true });
    // Another process was faster. Its class is the same.
    if (existsSync(folder)) return;
    throw new LocalPartError(
      'launcher-not-compiled',
      `${basename(source)} could not be compiled`,
      'Check that the JDK on the PATH is complete, and that .cache can be written.',
      { cause },
    );
  }
}
