import type { Reporter, TestModule } from 'vitest/node';
import { MS_PER_SECOND } from '../contracts/units.ts';
import { seedText } from './fuzz/corpus.ts';

/** Begins a run with the seed of its properties. */
export const seedLine: Reporter = { onInit: () => console.log(seedText()) };

/** Prints how long each project took, from its first file to its last: `unit 92 s, simulation 131 s`. */
export class ProjectTimes implements Reporter {
  readonly #times = new Map<string, { readonly fromMs: number; untilMs: number }>();

  onTestModuleStart({ project }: TestModule): void {
    if (!this.#times.has(project.name))
      this.#times.set(project.name, { fromMs: Date.now(), untilMs: Date.now() });
  }

  onTestModuleEnd({ project }: TestModule): void {
    const times = this.#times.get(project.name);
    if (times !== undefined) times.untilMs = Date.now();
  }

  onTestRunEnd(): void {
    const taken = [...this.#times].map(
      ([name, { fromMs, untilMs }]) => `${name} ${Math.round((untilMs - fromMs) / MS_PER_SECOND)} s`,
    );
    console.log(`\nTime taken: ${taken.join(', ')}`);
  }
}

/** Ends a run with one line that any build can read: `638 passed, 0 failed, 2 skipped`. */
export const closingLine: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const statesOf = (module: TestModule) =>
      [...module.children.allTests()].map((test) => test.result().state);
    const states = modules.flatMap(statesOf);
    const count = (state: (typeof states)[number]): number => states.filter((one) => one === state).length;
    // A file that fails before its first test has none to count, and must not look like a success.
    const broken = modules.filter(
      (module) => module.state() === 'failed' && !statesOf(module).includes('failed'),
    );
    console.log(
      `\n${count('passed')} passed, ${count('failed') + broken.length} failed, ${count('skipped')} skipped`,
    );
  },
};
