import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { RunDetails } from 'fast-check';
import { beforeEach } from 'vitest';
import { type BrokenProperty, kept, propertyRun, readCorpus } from './corpus.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** The case that breaks the property of this test, for test/fuzz/property-round.ts. */
    counterexample?: Pick<BrokenProperty, 'seed' | 'path' | 'shown' | 'value'>;
  }
}

const ROOT = resolve(import.meta.dirname, '../..');

const corpus = readCorpus();

/** Runs the property of a test under the seed that is due. Loads fast-check only for a file that uses it. */
beforeEach(async ({ task }) => {
  const path = task.file.filepath;
  if (!readFileSync(path, 'utf8').includes("from 'fast-check'")) return;
  const { default: fc } = await import('fast-check');
  const reporter = (details: RunDetails<unknown>): void => {
    if (!details.failed) return;
    const { seed, counterexamplePath, counterexample } = details;
    if (counterexamplePath !== null) {
      const value = kept(counterexample);
      const shown = fc.stringify(counterexample);
      task.meta.counterexample = {
        seed,
        path: counterexamplePath,
        shown,
        ...(value !== undefined && { value }),
      };
    }
    throw new Error(fc.defaultReportMessage(details), { cause: details.errorInstance });
  };
  // The type leaves the examples out, since those of one property are none of another. Here each test has one property.
  const parameters = {
    ...propertyRun({ file: relative(ROOT, path), test: task.fullTestName }, corpus),
    reporter,
  };
  fc.configureGlobal(parameters);
});
