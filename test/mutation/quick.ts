import { spawn } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { PROJECT_ROOT } from '../../infra/local/machine/project-root.ts';
import { addLine, CURRENT, LEFT_OUT, type Line, linesOf, RESULTS, type Suite } from './results.ts';

const FOLDER = join(PROJECT_ROOT, '.build/mutation-quick');
const COPIED = ['contracts', 'handlers', 'infra', 'pipelines', 'test', 'package.json', 'tsconfig.json'];
/** A mutant ends at most so many processes. */
const PROCESSES_MAX = 200;
const POLL_MS = 1_000;
/** A process that tries one mutant for so long hangs. */
const HANGS_MS = 75_000;

interface Mutant {
  readonly id: string;
  readonly fileName: string;
  readonly mutatorName: string;
  readonly replacement: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
  readonly status?: string | undefined;
}

/** Copies the project, with every mutant of the files behind a switch. */
async function instrumented(fileNames: readonly string[]): Promise<readonly Mutant[]> {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const name of COPIED) cpSync(join(PROJECT_ROOT, name), join(FOLDER, name), { recursive: true });
  // The jars of OpenSearch are in .cache.
  for (const name of ['node_modules', '.cache']) symlinkSync(join(PROJECT_ROOT, name), join(FOLDER, name));
  const silent = (): void => undefined;
  const never = (): boolean => false;
  const instrumenter = new Instrumenter({
    ...{
      trace: silent,
      debug: silent,
      info: silent,
      warn: console.warn,
      error: console.error,
      fatal: console.error,
    },
    ...{ isTraceEnabled: never, isDebugEnabled: never, isInfoEnabled: never },
    ...{ isWarnEnabled: never, isErrorEnabled: never, isFatalEnabled: never },
  });
  const files = fileNames.map((name) => ({
    name,
    mutate: true,
    content: readFileSync(join(PROJECT_ROOT, name), 'utf8'),
  }));
  const options = { plugins: null, excludedMutations: ['StringLiteral'], ignorers: [] };
  const result = await instrumenter.instrument(files, options);
  for (const { name, content } of result.files) writeFileSync(join(FOLDER, name), content);
  return result.mutants.filter(({ status }) => status !== 'Ignored');
}

/** Runs files of tests in one process until it ends or hangs. @returns whether each of them came to its end, now or in a process before. */
async function run(suite: Suite, tests: readonly string[]): Promise<boolean> {
  const current = join(FOLDER, CURRENT);
  writeFileSync(current, '');
  const child = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/mutation/quick.config.ts'],
    {
      cwd: FOLDER,
      env: {
        ...process.env,
        MUTATION_FOLDER: FOLDER,
        MUTATION_SUITE: suite,
        MUTATION_EVERY: suite === 'unit' ? '1' : values.every,
        MUTATION_TESTS: JSON.stringify(tests),
      },
      stdio: 'ignore',
      detached: true,
    },
  );
  while (child.exitCode === null && child.signalCode === null) {
    await sleep(POLL_MS);
    const id = readFileSync(current, 'utf8');
    if (id === '' || Date.now() - statSync(current).mtimeMs < HANGS_MS) continue;
    note({ id, suite, status: 'timeout', by: 'a process that hung' });
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    return false;
  }
  // A mutant may have ended the process that runs the tests, and Vitest goes on without it.
  const id = readFileSync(current, 'utf8');
  if (id !== '') note({ id, suite, status: 'killed', by: 'a process that ended' });
  const lines = linesOf(join(FOLDER, RESULTS));
  const over = new Set(lines.flatMap((line) => ('loads' in line && line.suite === suite ? line.files : [])));
  return tests.every((file) => over.has(file));
}

const note = (line: Line): void => addLine(join(FOLDER, RESULTS), line);

function report(mutants: readonly Mutant[]): void {
  const lines = linesOf(join(FOLDER, RESULTS));
  const ends = new Map(
    lines.flatMap((line) =>
      'id' in line ? [[line.id, line.suite === 'unit' ? line.status : 'by integration'] as const] : [],
    ),
  );
  const reached = new Set(lines.flatMap((line) => ('reaches' in line ? line.reaches : [])));
  const loaded = new Set(lines.flatMap((line) => ('loads' in line ? line.loads : [])));
  const isTried = (id: string): boolean =>
    values.integration.length === 0 || Number(id) % Number(values.every) === 0;
  const statusOf = ({ id }: Mutant): string => {
    const end = ends.get(id);
    if (end !== undefined) return end;
    if (!isTried(id)) return 'not tried';
    return reached.has(id) ? 'survived' : loaded.has(id) ? 'static' : 'not covered';
  };
  const table = [...Map.groupBy(mutants, ({ fileName }) => fileName)].map(([file, own]) => {
    const count = (status: string): number => own.filter((mutant) => statusOf(mutant) === status).length;
    const [killed, timeout, survived] = [count('killed'), count('timeout'), count('survived')];
    return {
      ...{ file, killed, timeout, 'by integration': count('by integration'), survived },
      ...{ static: count('static'), 'not covered': count('not covered'), 'not tried': count('not tried') },
    };
  });
  console.table(table);
  for (const mutant of mutants.filter((one) => ['survived', 'not covered'].includes(statusOf(one)))) {
    const { fileName, location, mutatorName, replacement } = mutant;
    const place = `${fileName}:${location.start.line + 1}:${location.start.column + 1}`;
    console.info(`${statusOf(mutant)} ${place} ${mutatorName} => ${replacement.replace(/\s+/g, ' ')}`);
  }
  for (const line of lines) if ('fails' in line) console.warn(`Fails without a mutant: ${line.fails}`);
}

const { values, positionals } = parseArgs({
  options: {
    tests: { type: 'string', multiple: true, default: ['test/unit/**/*.test.ts'] },
    /** Integration tests, which try what the others let live. */
    integration: { type: 'string', multiple: true, default: [] },
    /** Of so many mutants these try one. */
    every: { type: 'string', default: '1' },
  },
  allowPositionals: true,
});
const mutants = await instrumented(
  positionals.flatMap((glob) => globSync(glob, { cwd: PROJECT_ROOT })).toSorted(),
);
await runAll('unit', values.tests);
await runAll('integration', values.integration);
report(mutants);

/** Runs tests until each has tried its mutants; some of these end the process. */
async function runAll(suite: Suite, globs: readonly string[]): Promise<void> {
  const tests = globs
    .flatMap((glob) => globSync(glob, { cwd: PROJECT_ROOT }))
    .filter((file) => file !== LEFT_OUT);
  if (tests.length === 0) return;
  for (let processes = 0; processes < PROCESSES_MAX; processes += 1) if (await run(suite, tests)) return;
}
