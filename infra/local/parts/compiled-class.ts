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
 * more of the processor than the start itself. The class is in a jar, since a class archive is refused for a class path with
 * folders.
 *
 * @param merged Jars whose contents go into that jar, because their manifests name folders.
 * @throws LocalPartError `launcher-not-compiled`.
 */
export async function compiledClass(
  source: string,
  classPath: readonly string[],
  merged: readonly string[] = [],
): Promise<CompiledClass> {
  const mainClass = basename(source, '.java');
  const dependencies = classPath.join(':');
  const hash = createHash('sha256')
    .update(readFileSync(source))
    .update(dependencies)
    .update([LAUNCHER_JAR, ...merged].join(':'))
    .digest('hex');
  const folder = join(CACHE, `${mainClass}-${hash.slice(0, 16)}`);
  if (!existsSync(folder)) await compile(source, { classPath, merged, folder });
  return { classPath: [join(folder, LAUNCHER_JAR), dependencies].join(':'), mainClass };
}

interface Compilation {
  readonly classPath: readonly string[];
  readonly merged: readonly string[];
  readonly folder: string;
}

async function compile(source: string, { classPath, merged, folder }: Compilation): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const partial = mkdtempSync(`${folder}-`);
  // The compiler itself does not expand `folder/*`, as its command does.
  const dependencies = [...merged, ...classPath].flatMap((path) => globSync(path)).join(':');
  const classes = join(partial, 'classes');
  const options = ['--release', RELEASE, '-cp', dependencies, '-d', classes];
  // Not `javac` and `jar`, which need not be on the PATH.
  const tool = (name: string, args: readonly string[], cwd = partial) =>
    promisify(execFile)('java', ['-m', name, ...args], { cwd, timeout: COMPILE_TIMEOUT_MS });
  const jar = 'jdk.jartool/sun.tools.jar.Main';
  try {
    await tool('jdk.compiler/com.sun.tools.javac.Main', [...options, source]);
    for (const one of merged) await tool(jar, ['xf', one], classes);
    rmSync(join(classes, 'META-INF', 'MANIFEST.MF'), { force: true });
    await tool(jar, ['cf', LAUNCHER_JAR, '-C', classes, '.']);
    rmSync(classes, { recursive: true });
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
