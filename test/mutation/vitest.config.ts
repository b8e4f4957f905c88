import { defineConfig } from 'vitest/config';

const TIMEOUT_MS = 30_000;

/** The unit tests alone, as one project: what Stryker runs for each mutant. */
export default defineConfig({
  test: {
    include: [
      'test/unit/{core,orders,consumers,event-source-mapping,dead-letters,replay,stream,inventory,notification,analytics}/**/*.test.ts',
    ],
    testTimeout: TIMEOUT_MS,
    // The clients of AWS are loaded once, and not for each file of each mutant.
    isolate: false,
  },
});
