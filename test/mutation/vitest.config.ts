import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const TIMEOUT_MS = 30_000;
/** Tests of a complete mapping: they wait seconds for what a mutant prevents. */
const SLOW_TO_FAIL = ['shard-consumer.test.ts', 'shard-coordinator.test.ts', 'event-source-mapping.test.ts'];

/** Runs the tests last that fail slowly: Stryker ends a mutant at the first test that fails. */
class SlowestLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      SLOW_TO_FAIL.findIndex((name) => moduleId.endsWith(`/${name}`));
    return files.toSorted((one, other) => rank(one) - rank(other));
  }
}

/** The unit tests alone, as one project: what Stryker runs for each mutant. */
export default defineConfig({
  test: {
    include: [
      'test/unit/{dead-letters,event-source-mapping,operations,order-events,orders,stream}/**/*.test.ts',
    ],
    // Its property tests shrink what a mutant breaks, each try a complete mapping.
    exclude: ['test/unit/event-source-mapping/delivery-rules.test.ts'],
    setupFiles: ['test/fuzz/setup.ts'],
    testTimeout: TIMEOUT_MS,
    env: { CONDITION_MS: '4000' },
    // The clients of AWS are loaded once, and not for each file of each mutant.
    isolate: false,
    sequence: { sequencer: SlowestLast },
  },
});
