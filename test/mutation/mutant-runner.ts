import { writeFileSync } from 'node:fs';
import { TestRunner } from 'vitest';
import { addLine, CURRENT, type Line, linesOf, RESULTS, Suite } from './results.ts';

type Task = Parameters<TestRunner['onAfterRetryTask']>[0];
type Try = Parameters<TestRunner['onAfterRetryTask']>[1];

/** What Stryker's instrumented code reads and writes. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number;
  hitLimit?: number;
  readonly mutantCoverage: {
    readonly static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

/** What the next try of a test is for. */
type Phase =
  /** Without a mutant, to learn which ones the test reaches. */
  | 'reach'
  /** Without one again: it must pass, or a failure with one would say nothing. */
  | 'repeat'
  /** With a mutant. */
  | 'mutant'
  /** Without one after a failure: it must pass, or the failure was none of the mutant. */
  | 'check'
  /** With the same mutant: it must fail again. */
  | 'again';

const TRIES_MAX = 1_000_000;
const HIT_LIMIT_FACTOR = 100;
const ENDLESS = /timed out|Hit count limit/;
const TEST = 'test';

const folder = process.env['MUTATION_FOLDER'] ?? '';
const suite = Suite.parse(process.env['MUTATION_SUITE']);
/** Of this many mutants one is tried. */
const every = Number(process.env['MUTATION_EVERY'] ?? '1');
const switches: Switches = { mutantCoverage: { static: {}, perTest: {} } };
Reflect.set(globalThis, '__stryker__', switches);

const ended = new Set(linesOf(`${folder}/${RESULTS}`).flatMap((line) => ('id' in line ? [line.id] : [])));
const note = (line: Line): void => addLine(`${folder}/${RESULTS}`, line);

/**
 * Runs each test once for each mutant that it reaches and that lives, in one process: nothing is loaded again, which is what
 * takes most of the time of a mutant. A mutant is killed only where the test fails with it, passes without it, and fails with it again.
 */
export default class MutantRunner extends TestRunner {
  #phase: Phase = 'reach';
  #waiting: string[] = [];
  #mutant = '';
  #hits: Readonly<Record<string, number>> = {};
  #isEndless = false;

  override async onBeforeRunTask(test: Task): Promise<void> {
    await super.onBeforeRunTask(test);
    test.retry = TRIES_MAX;
    this.#phase = 'reach';
    this.#waiting = [];
  }

  override async onBeforeTryTask(test: Task, options: Try): Promise<void> {
    // What a try leaves where its time is over: the next one must not wait for it.
    Reflect.set(this, '_deadline', undefined);
    Reflect.set(test, 'promises', undefined);
    super.onBeforeTryTask(test, options);
    await new Promise(setImmediate);
    const isMutated = this.#phase === 'mutant' || this.#phase === 'again';
    switches.hitCount = 0;
    switches.hitLimit = (this.#hits[this.#mutant] ?? 1) * HIT_LIMIT_FACTOR;
    writeFileSync(`${folder}/${CURRENT}`, isMutated ? this.#mutant : '');
    if (isMutated) switches.activeMutant = this.#mutant;
    if (this.#phase !== 'reach') return;
    delete switches.mutantCoverage.perTest[TEST];
    switches.currentTestId = TEST;
  }

  override async onAfterRetryTask(test: Task, options: Try): Promise<void> {
    await super.onAfterRetryTask(test, options);
    switches.activeMutant = undefined;
    switches.currentTestId = undefined;
    writeFileSync(`${folder}/${CURRENT}`, '');
    const { result } = test;
    if (result === undefined || result.state === 'skip') return;
    const isFailed = result.state === 'fail';
    const isMore = this.#judged(`${test.file.name} > ${test.name}`, isFailed, result.errors?.at(-1)?.message);
    // Vitest tries again what fails with an error, and nothing else.
    result.errors = isMore ? [{ message: 'The next mutant' }] : [];
    result.attempts?.splice(0);
    result.state = isMore ? 'fail' : 'pass';
    if (!isMore) test.retry = 0;
  }

  override onAfterRunFiles(files: Parameters<TestRunner['onAfterRunFiles']>[0]): void {
    super.onAfterRunFiles(files);
    note({
      suite,
      files: files.map(({ name }) => name),
      loads: Object.keys(switches.mutantCoverage.static),
    });
  }

  /** Judges a try. @returns whether there is another one. */
  #judged(by: string, isFailed: boolean, error = ''): boolean {
    if (this.#phase === 'reach') return this.#reached(by, isFailed);
    if (this.#phase === 'repeat') {
      if (isFailed) note({ fails: `${by}, again` });
      return !isFailed && this.#isNext();
    }
    if (this.#phase === 'mutant' && isFailed) {
      this.#isEndless = ENDLESS.test(error);
      this.#phase = 'check';
      return true;
    }
    if (this.#phase === 'check') {
      if (isFailed) {
        // The mutant left something behind. The parent starts a new process, which goes on with the next mutant.
        this.#end(by, 'killed');
        process.kill(process.pid, 'SIGKILL');
      }
      if (!this.#isEndless) {
        this.#phase = 'again';
        return true;
      }
      this.#end(by, 'timeout');
    } else if (this.#phase === 'again' && isFailed) this.#end(by, 'killed');
    return this.#isNext();
  }

  #reached(by: string, isFailed: boolean): boolean {
    if (isFailed) {
      note({ fails: by });
      return false;
    }
    this.#hits = switches.mutantCoverage.perTest[TEST] ?? {};
    this.#waiting = Object.keys(this.#hits).filter((id) => Number(id) % every === 0);
    note({ test: by, reaches: this.#waiting });
    this.#phase = 'repeat';
    return this.#waiting.some((id) => !ended.has(id));
  }

  #isNext(): boolean {
    this.#phase = 'mutant';
    this.#waiting = this.#waiting.filter((id) => !ended.has(id));
    const [next, ...others] = this.#waiting;
    this.#waiting = others;
    this.#mutant = next ?? '';
    return next !== undefined;
  }

  #end(by: string, status: 'killed' | 'timeout'): void {
    ended.add(this.#mutant);
    note({ id: this.#mutant, suite, status, by });
  }
}
