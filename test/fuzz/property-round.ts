import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import type { BrokenProperty } from './corpus.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');
/** A round takes half a minute; a property that never ends must not take the night. */
const ROUND_TIMEOUT_MS = 600_000;

/** A run of properties under one seed. */
export interface PropertyRound {
  readonly seed: number;
  /** Their files. */
  readonly files: readonly string[];
  /** Only those whose name has this text. */
  readonly only?: string | undefined;
  /** The configuration of vitest; the project's by default. */
  readonly config?: string;
}

/** The outcome of a round. */
export interface RoundResult {
  /** How many tests ran and passed. */
  readonly held: number;
  /** Those that failed, each with the error's text. */
  readonly broken: readonly (BrokenProperty & { readonly error: string })[];
}

/** What is read of vitest's JSON report. See https://vitest.dev/guide/reporters.html#json-reporter. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
      readonly meta: { readonly counterexample?: Pick<BrokenProperty, 'seed' | 'path' | 'shown' | 'value'> };
    }[];
  }[];
}

/** Runs properties under a seed.
 *
 * @throws Error when vitest ends without a report of each failure, or not within ten minutes; with what it printed.
 */
export async function runProperties(round: PropertyRound): Promise<RoundResult> {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'));
  try {
    const report = join(folder, 'report.json');
    const { code, output } = await runVitest(round, report);
    const results = code === 'late' || !existsSync(report) ? undefined : resultsIn(report, round.seed);
    if (results === undefined || (code !== 0 && results.broken.length === 0))
      throw new Error(
        `The round of seed ${round.seed} ended ${code === 'late' ? 'too late' : `by ${code}`}:\n${output}`,
      );
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runVitest({ seed, files, only, config }: PropertyRound, report: string) {
  const args = [
    ...['run', '--reporter=json', `--outputFile.json=${report}`],
    ...(config === undefined ? ['--project', 'unit'] : ['--config', config]),
    ...(only === undefined ? [] : ['--testNamePattern', only.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')]),
  ];
  const vitest = spawn(process.execPath, [VITEST, ...args, ...files], {
    cwd: ROOT,
    env: { ...process.env, FUZZ_SEED: `${seed}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a test that never returns ends too.
    detached: true,
  });
  let output = '';
  for (const stream of [vitest.stdout, vitest.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const end = (): void => {
    if (vitest.pid !== undefined && vitest.exitCode === null) process.kill(-vitest.pid, 'SIGKILL');
  };
  process.once('exit', end);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, ROUND_TIMEOUT_MS);
  const [code, signal]: (number | string | null)[] = await once(vitest, 'close');
  clearTimeout(timer);
  process.off('exit', end);
  return { code: isLate ? 'late' : (code ?? signal ?? 'nothing'), output };
}

function resultsIn(path: string, seed: number): RoundResult {
  const { testResults }: Report = JSON.parse(readFileSync(path, 'utf8'));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ ...test, file: relative(ROOT, name) })),
  );
  const broken = tests
    .filter(({ status }) => status === 'failed')
    .map(({ file, ancestorTitles, title, meta, failureMessages }) => ({
      file,
      test: [...ancestorTitles, title].join(' > '),
      ...(meta.counterexample ?? { seed }),
      error: failureMessages.join('\n'),
    }));
  return { held: tests.filter(({ status }) => status === 'passed').length, broken };
}
