import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseJson } from '../../contracts/reading.ts';
import { isProcessRunning } from '../../infra/local/machine/process-running.mjs';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { FAULTS_PATH } from '../../infra/local/running/control-server.ts';
import { RunningSystem } from '../../infra/local/running/running-system.ts';
import { lockData } from '../../infra/local/system/data-lock.ts';

const POLL = { timeout: 120_000, interval: 10 };
const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** The test's own folder; `tmp` is TMPDIR for what it starts, `bin` is first on its path. */
let folder: string;
/** In the environment of all processes that were started, however far down. */
let mark: string;
let cleanUp: AsyncDisposableStack;
const inFolder = (...names: readonly string[]) => join(folder, ...names);

beforeEach(() => {
  cleanUp = new AsyncDisposableStack();
  folder = mkdtempSync(join(tmpdir(), 'start-and-end-'));
  mark = `START_AND_END=${randomUUID()}`;
  for (const name of ['tmp', 'bin', 'reached']) mkdirSync(inFolder(name));
});
afterEach(async () => {
  await cleanUp.disposeAsync();
  for (const pid of remainingProcesses()) process.kill(pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** A command that replaces another one on the path. */
function command(name: string, script: string): void {
  writeFileSync(inFolder('bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(inFolder('bin', name), 0o755);
}
/** Says that it was reached, and goes on until it is killed. */
const hangs = (phase: string) => `touch ${inFolder('reached', phase)}; exec sleep 600`;
/** Says that it was reached, and goes on until its standard input ends, as a part does. */
const serves = (phase: string) => `touch ${inFolder('reached', phase)}; exec cat > /dev/null`;
const RESPONDS_AS_JAVA = `case "$1" in
  -version) echo 'openjdk version "17.0.1"' >&2; exit 0;;
  --list-modules) echo 'jdk.compiler@17'; exit 0;;
esac`;

interface Run {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  output(): readonly string[];
  /** Its exit code, and all that it printed. */
  readonly ended: Promise<{ readonly code: number | null; readonly lines: readonly string[] }>;
}

/** Starts the local system as `npm run dev` does, in a process group of its own. */
function run(args: readonly string[], env: NodeJS.ProcessEnv = {}, root = PROJECT_ROOT): Run {
  const [name = '', value] = mark.split('=');
  const options: SpawnOptions = {
    cwd: root,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      OPENSEARCH_URL: '',
      TMPDIR: inFolder('tmp'),
      PATH: `${inFolder('bin')}:${process.env['PATH']}`,
      [name]: value,
      ...env,
    },
  };
  const started = spawn(
    process.execPath,
    ['infra/local/setup.mjs', 'infra/local/dev.ts', '--log', inFolder('log'), ...args],
    options,
  );
  let text = '';
  for (const stream of [started.stdout, started.stderr]) stream?.on('data', (chunk) => (text += chunk));
  const output = () => text.split('\n').filter((line) => line !== '');
  const ended = once(started, 'close').then(([code]) => ({ code, lines: output() }));
  return { process: started, output, ended };
}

const reached = (phase: string) => expect.poll(() => existsSync(inFolder('reached', phase)), POLL).toBe(true);
const printed = (running: Run, text: string) =>
  expect.poll(() => running.output().join('\n'), POLL).toContain(text);
const logged = (text: string) =>
  expect
    .poll(() => (existsSync(inFolder('log')) ? readFileSync(inFolder('log'), 'utf8') : ''), POLL)
    .toContain(text);

/** To a process and all that it has started in its group, as the terminal does. */
const toGroup = ({ process: { pid = Number.NaN } }: Run, signal: NodeJS.Signals) =>
  process.kill(-pid, signal);
/** To the process that npm starts alone. */
const toWrapper = ({ process: wrapper }: Run, signal: NodeJS.Signals) => wrapper.kill(signal);

/** All processes with the mark in their environment. */
function remainingProcesses(): readonly number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) && hasMark(name) ? [Number(name)] : []));
}
function hasMark(pid: string): boolean {
  try {
    return readFileSync(join('/proc', pid, 'environ'), 'utf8').includes(mark);
  } catch {
    // It was removed in the meantime, or is not ours.
    return false;
  }
}

/** Files and folders, named by their process, whose process has ended. */
function ofEndedProcesses(directory: string, prefix = ''): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((name) => {
    const pid = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    return pid > 0 && !isProcessRunning(pid);
  });
}

/** What remains of it, once its processes have ended. */
async function remaining(): Promise<readonly string[]> {
  await expect.poll(remainingProcesses, POLL).toEqual([]);
  return [
    ...readdirSync(inFolder('tmp')),
    ...ofEndedProcesses(join(PROJECT_ROOT, '.data', 'running')),
    ...ofEndedProcesses(join(PROJECT_ROOT, '.build'), 'partial-'),
  ];
}

/** Takes connections and never responds. */
async function silentServer(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  cleanUp.defer(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a start that is wrong', () => {
  beforeEach(() => command('java', `${RESPONDS_AS_JAVA}\n${serves('part')}`));

  async function refused(
    args: readonly string[],
    reason: RegExp,
    env: NodeJS.ProcessEnv = {},
  ): Promise<void> {
    const { code, lines } = await run(args, env).ended;
    expect(lines).toEqual([expect.stringMatching(reason)]);
    expect(code).toBe(1);
    expect(await remaining()).toEqual([]);
    // No part was started for it.
    expect(readdirSync(inFolder('reached'))).toEqual([]);
  }

  it.each([
    ['no number as a port', ['--port', ''], /must be a port from 0 to 65535/],
    ['no path as its data folder', ['--data', ''], /must be a path/],
    [
      'a data folder that cannot be',
      ['--data', '/proc/none/below'],
      /\/proc\/none\/below cannot be used: ENOENT/,
    ],
    ['one port for two parts', ['--port', '18080', '--console-port', '18080'], /18080 was requested twice/],
    ['a parameter that is not there', ['--parameter', 'None=1'], /no parameter None/],
    ['a folder as its log', ['--log', tmpdir()], /log cannot be written/],
  ])('with %s is reported in one line and leaves nothing', async (_name, args, reason) => {
    await refused(args, reason);
  });

  it.each(['--port', '--console-port', '--dynamodb-port', '--messaging-port', '--opensearch-port'])(
    'with a taken %s is reported in one line before anything is started',
    async (option) => {
      const port = await silentServer();
      await refused(
        [option, String(port), '--data', inFolder('data')],
        new RegExp(`cannot have port ${port}`),
      );
      expect(existsSync(inFolder('data'))).toBe(false);
    },
  );

  it('with a data folder in use names its owner', async () => {
    cleanUp.defer(lockData(inFolder('data')));
    await refused(['--data', inFolder('data')], new RegExp(`in use by process ${process.pid}`));
  });

  it('with a data folder in use leaves the log of the system that runs', async () => {
    cleanUp.defer(lockData(inFolder('data')));
    writeFileSync(inFolder('log'), 'of the system that runs');
    await refused(['--data', inFolder('data')], /in use by process/);
    expect(readFileSync(inFolder('log'), 'utf8')).toBe('of the system that runs');
    expect(existsSync(inFolder('log.1'))).toBe(false);
  });

  it('with a file as its data folder reports that', async () => {
    await refused(['--data', inFolder('bin', 'java')], /bin\/java cannot be used: EEXIST/);
  });

  it('without a folder for temporary files is told so', async () => {
    await refused([], /The folder for temporary data cannot be created/, { TMPDIR: inFolder('none') });
  });

  it('with an invalid OPENSEARCH_URL reports that', async () => {
    await refused([], /OPENSEARCH_URL is not of the form/, { OPENSEARCH_URL: 'ftp://search' });
  });

  it('on a full disk reports how much space it needs', async ({ skip }) => {
    const disk = inFolder('disk');
    mkdirSync(disk);
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
    if (status !== 0) return skip('no tmpfs can be mounted here');
    try {
      await refused(['--data', join(disk, 'data')], /disk\/data cannot be used: 0\.\d MiB are free/);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      spawnSync('umount', [disk]);
    }
  });

  it('with a java that is too old reports that', async () => {
    command('java', `echo 'java version "1.8.0_402"' >&2`);
    await refused([], /Java 8 is too old\. Install a JDK/);
  });

  it('with a part that does not start reports the reason, and ends what was started', async () => {
    command('java', `${RESPONDS_AS_JAVA}\necho 'Exception in thread "main": no memory'; exit 1`);
    await refused([], /did not start: Exception in thread "main": no memory/);
  });
});

describe('a start that is ended', () => {
  type Way = readonly [
    name: string,
    signal: keyof typeof EXIT_CODES,
    send: (running: Run, signal: NodeJS.Signals) => void,
  ];
  const CTRL_C: Way = ['Ctrl-C', 'SIGINT', toGroup];
  const WAYS: readonly Way[] = [
    CTRL_C,
    ['SIGTERM to all of it', 'SIGTERM', toGroup],
    ['SIGTERM to the process that npm starts', 'SIGTERM', toWrapper],
  ];

  async function ended(
    running: Run,
    [, signal, send]: Way,
    linesBefore: readonly unknown[] = [],
  ): Promise<void> {
    send(running, signal);
    const { code, lines } = await running.ended;
    expect(lines).toEqual([...linesBefore, 'Stopping.']);
    expect(code).toBe(EXIT_CODES[signal]);
    expect(await remaining()).toEqual([]);
  }

  it.each(WAYS)('by %s while java is looked at says one line and leaves nothing', async (...way) => {
    command('java', hangs('java'));
    const running = run([]);
    await reached('java');
    await ended(running, way);
  });

  it.each([
    ['ends java', 'kill -INT $$'],
    ['makes java end with its exit code', 'exit 130'],
  ])('by a Ctrl-C that %s first says one line and leaves nothing', async (_name, script) => {
    command('java', script);
    const { code, lines } = await run([]).ended;
    expect(lines).toEqual(['Stopping.']);
    expect(code).toBe(EXIT_CODES.SIGINT);
    expect(await remaining()).toEqual([]);
  });

  it('by a Ctrl-C that ends Maven first says one line and leaves nothing', async () => {
    const root = projectWithoutJars();
    command('java', RESPONDS_AS_JAVA);
    command('mvn', 'kill -INT $$');
    const { code, lines } = await run([], {}, root).ended;
    expect(lines).toEqual([expect.stringMatching(/^Downloading OpenSearch/), 'Stopping.']);
    expect(code).toBe(EXIT_CODES.SIGINT);
    expect(readdirSync(join(root, '.cache'))).toEqual([]);
  });

  it.each(WAYS)('by %s while OpenSearch is fetched says one line and leaves nothing', async (...way) => {
    const root = projectWithoutJars();
    command('java', RESPONDS_AS_JAVA);
    command('mvn', hangs('mvn'));
    const running = run([], {}, root);
    await reached('mvn');
    await ended(running, way, [expect.stringMatching(/^Downloading OpenSearch/)]);
    expect(readdirSync(join(root, '.cache'))).toEqual([]);
  });

  it.each(WAYS)('by %s while its parts start says one line and leaves nothing', async (...way) => {
    command('java', `${RESPONDS_AS_JAVA}\n${serves('part')}`);
    const running = run(['--data', inFolder('data')]);
    await reached('part');
    await ended(running, way);
    expect(existsSync(inFolder('data', 'system.pid'))).toBe(false);
  });

  it.each([CTRL_C])('by %s while its tables are made says one line and leaves nothing', async (...way) => {
    const running = run([], { OPENSEARCH_URL: `http://127.0.0.1:${await silentServer()}` });
    await logged('dynamoDb Started');
    await ended(running, way);
  });

  it('by kill -9 leaves no process, and the next start removes its folder', async () => {
    command('java', `${RESPONDS_AS_JAVA}\n${serves('part')}`);
    const killed = run([]);
    await reached('part');
    toGroup(killed, 'SIGKILL');
    await killed.ended;
    await expect.poll(remainingProcesses, POLL).toEqual([]);
    rmSync(inFolder('reached', 'part'));
    const next = run([]);
    await reached('part');
    await ended(next, CTRL_C);
  });
});

/** A project that setup.mjs finds installed, but for OpenSearch's jars. */
function projectWithoutJars(): string {
  const root = inFolder('project');
  const machine = ['own-node.mjs', 'end-with-parent.mjs', 'process-running.mjs'];
  const files = ['setup.mjs', ...machine.map((file) => join('machine', file))];
  for (const file of [...files, 'parts/opensearch/jars.mjs', 'parts/opensearch/pom.xml']) {
    const path = join('infra/local', file);
    mkdirSync(dirname(join(root, path)), { recursive: true });
    cpSync(join(PROJECT_ROOT, path), join(root, path));
  }
  mkdirSync(join(root, 'node_modules'));
  for (const lock of ['package-lock.json', 'node_modules/.package-lock.json'])
    writeFileSync(join(root, lock), '{"packages":{}}');
  return root;
}

/** The system that this test has started. */
const started = (): RunningSystem => {
  const [file] = remainingProcesses()
    .map((pid) => join(PROJECT_ROOT, '.data', 'running', `${pid}.json`))
    .filter((path) => existsSync(path));
  return parseJson(RunningSystem, readFileSync(file ?? '', 'utf8'));
};

/** As `ops chaos dynamodb` does. */
async function freezeDynamoDb(): Promise<void> {
  const { status } = await fetch(started().controlUrl + FAULTS_PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fault: 'dynamodb', seconds: 600, consumer: 'order-events', items: 1 }),
  });
  expect(status).toBe(200);
}

describe('a system that runs', () => {
  it('ends in order at SIGTERM to all of it, and leaves nothing', async () => {
    const running = run([]);
    await printed(running, 'Press Ctrl-C to stop.');
    toGroup(running, 'SIGTERM');
    const { code, lines } = await running.ended;
    expect(lines.slice(-2)).toEqual([expect.stringContaining('Press Ctrl-C to stop.'), 'Stopping.']);
    expect(code).toBe(0);
    expect(await remaining()).toEqual([]);
  });

  it('ends in order at Ctrl-C while DynamoDB Local is frozen, and leaves nothing', async () => {
    const running = run([]);
    await printed(running, 'Press Ctrl-C to stop.');
    const dynamoDb = Number(/DynamoDB Local .*\(process (\d+)\)/.exec(running.output().join('\n'))?.[1]);
    await freezeDynamoDb();
    await expect.poll(() => readFileSync(`/proc/${dynamoDb}/stat`, 'utf8')).toMatch(/^\d+ \(java\) T/);
    toGroup(running, 'SIGINT');
    const { code, lines } = await running.ended;
    expect(lines.slice(-2)).toEqual(['Stopping.', 'The fault "dynamodb" has ended']);
    expect(code).toBe(0);
    expect(await remaining()).toEqual([]);
    expect(isProcessRunning(dynamoDb)).toBe(false);
  });

  it('ends at once at a second Ctrl-C, and leaves nothing but its data', async () => {
    const running = run(['--data', inFolder('data')]);
    await printed(running, 'Press Ctrl-C to stop.');
    toGroup(running, 'SIGINT');
    await printed(running, 'Stopping.');
    toGroup(running, 'SIGINT');
    const { code, lines } = await running.ended;
    expect(lines.slice(-2)).toEqual(['Stopping.', 'Stopping at once.']);
    expect(code).toBe(EXIT_CODES.SIGINT);
    expect(await remaining()).toEqual([]);
    expect(existsSync(inFolder('data', 'system.pid'))).toBe(false);
  });
});
