import type { Reporter, TestModule } from 'vitest/node';
import { seedText } from './fuzz/corpus.ts';

/** Begins a run with the seed of its properties. */
export const seedLine: Reporter = { onInit: () => console.log(seedText()) };

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
