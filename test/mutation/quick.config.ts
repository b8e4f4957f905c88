import { statSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification, type TestUserConfig } from 'vitest/node';
import { LEFT_OUT, Suite } from './results.ts';

/** Tests that take long to fail: what other tests kill is then not tried with them. */
const SLOW = /property|shard-consumer|shard-coordinator|event-source-mapping\.test/;

/** A mutant may let a test wait until its time is over. */
const OF_SUITE: Readonly<Record<Suite, TestUserConfig>> = {
  unit: { testTimeout: 4_000, env: { CONDITION_MS: '2500' } },
  integration: {
    testTimeout: 30_000,
    env: { CONDITION_MS: '10000' },
    globalSetup: ['test/integration/global-setup.ts'],
  },
};

class SlowestLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number =>
      statSync(moduleId).size + (SLOW.test(moduleId) ? Number.MAX_SAFE_INTEGER / 2 : 0);
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** What `quick.ts` runs on the instrumented copy of the project: one process, one test at a time. */
export default defineConfig({
  test: {
    include: JSON.parse(process.env['MUTATION_TESTS'] ?? '[]'),
    exclude: [LEFT_OUT],
    setupFiles: ['test/fuzz/setup.ts'],
    runner: 'test/mutation/mutant-runner.ts',
    hookTimeout: 60_000,
    ...OF_SUITE[Suite.parse(process.env['MUTATION_SUITE'])],
    isolate: false,
    pool: 'forks',
    fileParallelism: false,
    // What a mutant leaves behind may be rejected later.
    dangerouslyIgnoreUnhandledErrors: true,
    sequence: { sequencer: SlowestLast },
  },
});
