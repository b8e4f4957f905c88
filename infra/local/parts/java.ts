import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { LocalPartError } from '../machine/local-part.ts';

const JAVA_VERSION_MIN = 17;
const CHECK_TIMEOUT_MS = 20_000;
const REMEDY = `Install a JDK ${JAVA_VERSION_MIN} or newer and add its java to the PATH.`;

/**
 * How the parts' JVMs run: with one compiler, and a heap and a young generation that begin small. So a start takes less processor time,
 * and a server less memory.
 */
export const JVM_OPTIONS: readonly string[] = [
  '-Xms64m',
  '-Xmx512m',
  '-XX:NewSize=8m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
];

let checked: Promise<string> | undefined;

/**
 * Checks that `java` on the PATH can run the parts that are written in Java. Checks once for each process, and not where setup.mjs did.
 *
 * @returns what `java -version` prints.
 * @throws LocalPartError `java-missing`, `java-too-old` or `java-without-compiler`.
 */
export function requireJava(): Promise<string> {
  const bySetup = process.env['CHECKED_JAVA'];
  checked ??= bySetup === undefined ? checkJava() : Promise.resolve(bySetup);
  return checked;
}

/** The feature release in what `java -version` prints: 17 for `openjdk version "17.0.15"`, 8 for `java version "1.8.0_402"`. */
export function javaFeatureRelease(versionOutput: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(versionOutput);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

async function checkJava(): Promise<string> {
  const version = await java('-version');
  const release = javaFeatureRelease(version);
  if (release === undefined || release < JAVA_VERSION_MIN)
    throw new LocalPartError('java-too-old', `Java ${release ?? 'of unknown version'} is too old`, REMEDY);
  // compiled-class.ts compiles their launchers.
  if (!(await java('--list-modules')).includes('jdk.compiler@'))
    throw new LocalPartError(
      'java-without-compiler',
      'The installed Java is a runtime without a compiler',
      REMEDY,
    );
  return version;
}

async function java(option: string): Promise<string> {
  try {
    const { stdout, stderr } = await promisify(execFile)('java', [option], { timeout: CHECK_TIMEOUT_MS });
    return stdout + stderr;
  } catch (cause) {
    throw new LocalPartError('java-missing', 'Java is missing or does not run', REMEDY, { cause });
  }
}
