import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isProcessRunning } from '../../../infra/local/machine/process-running.mjs';
import { type ArchivedServer, classArchive } from '../../../infra/local/parts/class-archive.ts';

let root: string;
let jars: string;
let log: string[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'class-archive-'));
  jars = join(root, 'jars');
  mkdirSync(jars);
  writeFileSync(join(jars, 'launcher.jar'), '');
  log = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true });
});

/** Writes an archive when its input has ended, as a JVM does. */
const MAKES_ARCHIVE = `
for arg in "$@"; do case $arg in -XX:ArchiveClassesAtExit=*) made=\${arg#*=};; esac; done
echo ready 8000
cat > /dev/null
echo classes > "$made"`;
const MAKES_NONE = 'echo ready 8000; cat > /dev/null';
const FAILS = 'exit 3';
/** Can only be killed. */
const HANGS = "trap '' TERM; echo hangs $$; exec tail -f /dev/null";

/** Puts a `java` that runs this script in front of the PATH. */
function java(script: string): void {
  writeFileSync(join(root, 'java'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(root, 'java'), 0o755);
  vi.stubEnv('PATH', `${root}${delimiter}${process.env['PATH'] ?? ''}`);
}

const archive = (options: Partial<ArchivedServer> = {}): Promise<readonly string[]> =>
  classArchive({
    classPath: join(jars, 'launcher.jar'),
    mainClass: 'Server',
    javaVersion: 'openjdk version "17.0.15"',
    jvmOptions: [],
    args: () => [],
    log: (line) => log.push(line),
    ...options,
  });

const filesOf = (ending: string): readonly string[] =>
  readdirSync(jars).filter((name) => name.endsWith(ending));
const reasons = (): readonly string[] => log.filter((line) => line.includes('without a class archive'));

describe('a class archive', () => {
  it('is made by the first start and used by the next', async () => {
    java(MAKES_ARCHIVE);
    const first = await archive();
    java(FAILS);
    expect(await archive()).toEqual(first);
    expect(first).toEqual([`-XX:SharedArchiveFile=${join(jars, filesOf('.jsa').join())}`]);
  });

  it('replaces those of older jars', async () => {
    java(MAKES_ARCHIVE);
    await archive();
    const [older] = filesOf('.jsa');
    utimesSync(join(jars, 'launcher.jar'), 0, 0);
    await archive();
    expect(filesOf('.jsa')).toEqual([expect.not.stringContaining(String(older))]);
  });

  it('is one for two starts at once', async () => {
    java(MAKES_ARCHIVE);
    const [first, second] = await Promise.all([archive(), archive()]);
    expect(first).toEqual(second);
    expect(readdirSync(jars).toSorted()).toEqual([...filesOf('.jsa'), 'launcher.jar'].toSorted());
  });

  it('is used by a start that made none, if another has made it meanwhile', async () => {
    java(MAKES_ARCHIVE);
    const made = await archive();
    const file = join(jars, filesOf('.jsa').join());
    rmSync(file);
    java(`echo classes > ${file}; exit 3`);
    expect(await archive()).toEqual(made);
    expect(reasons()).toEqual([]);
  });
});

describe.each([
  ['java fails', FAILS, {}, 'java ended with 3 and made none'],
  ['java makes none', MAKES_NONE, {}, 'java ended with 0 and made none'],
  ['java is killed', 'kill -KILL $$', {}, 'java ended with SIGKILL and made none'],
  ['java hangs', HANGS, { timeoutMs: 1 }, 'java had not ended after 1 ms'],
])('without a class archive, because %s,', (_, script, options, reason) => {
  it('a server starts, and the log says why', async () => {
    java(script);
    expect(await archive(options)).toEqual([]);
    expect(reasons()).toEqual([expect.stringContaining(`Server starts without a class archive: ${reason}.`)]);
  });

  it('the next start with the same jars does not try again', async () => {
    java(script);
    await archive(options);
    java(MAKES_ARCHIVE);
    expect(await archive()).toEqual([]);
    expect(readdirSync(jars).toSorted()).toEqual([...filesOf('.none'), 'launcher.jar'].toSorted());
  });

  it('the next start with other jars does', async () => {
    java(script);
    await archive(options);
    java(MAKES_ARCHIVE);
    utimesSync(join(jars, 'launcher.jar'), 0, 0);
    expect(await archive()).toHaveLength(1);
    expect(filesOf('.none')).toEqual([]);
  });
});

describe('a folder that cannot be written', () => {
  it('lets a server start without a class archive', async () => {
    java(MAKES_ARCHIVE);
    // Not by its mode, which does not hold for root.
    const classPath = join(jars, 'launcher.jar', 'launcher.jar');
    expect(await archive({ classPath })).toEqual([]);
    expect(reasons()).toEqual([expect.stringContaining('ENOTDIR')]);
  });
});

describe('an abort during the training', () => {
  const reason = new Error('interrupted');

  /** A start that is aborted when java hangs, and the id of its process. */
  async function aborted(): Promise<{ readonly failure: unknown; readonly pid: number }> {
    java(HANGS);
    const abort = new AbortController();
    let pid = 0;
    const hangs = (line: string): void => {
      pid = Number(line.replace('class archive: hangs ', ''));
      abort.abort(reason);
    };
    const failure: unknown = await archive({ log: hangs, signal: abort.signal }).catch(
      (error: unknown) => error,
    );
    return { failure, pid };
  }

  it('fails with its reason when java has ended, and leaves nothing', async () => {
    const { failure, pid } = await aborted();
    expect(failure).toBe(reason);
    expect(isProcessRunning(pid)).toBe(false);
    expect(readdirSync(jars)).toEqual(['launcher.jar']);
  });

  it('lets the next start make the archive', async () => {
    await aborted();
    java(MAKES_ARCHIVE);
    expect(await archive()).toHaveLength(1);
  });
});

it('starts without a class archive if java is missing', async () => {
  vi.stubEnv('PATH', root);
  expect(await archive()).toEqual([]);
});
