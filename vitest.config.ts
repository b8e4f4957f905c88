import { defineConfig } from 'vitest/config';
import { CONDITION_MS } from './test/builders/waiting.ts';
import { closingLine, ProjectTimes, seedLine } from './test/run-lines.ts';
import { LongestFirst } from './test/run-order.ts';

// Properties of a hundred runs, and commands that are started, take seconds on a busy machine.
const UNIT_TIMEOUT_MS = 60_000;
const INTEGRATION_TIMEOUT_MS = 120_000;
const E2E_TIMEOUT_MS = 300_000;
// Ten thousand seeds: five minutes of processor time, beside everything else that runs.
const SIMULATION_TIMEOUT_MS = 1_800_000;

/** The integration tests mostly wait: for a queue to be polled, an index to be refreshed, a page of a stream. */
const INTEGRATION_FILES_AT_ONCE = 4;
/** Three systems, which wait for part of their time. */
const E2E_FILES_AT_ONCE = 3;

/** Gives each property its seed, and each file the globals as they were. */
const setupFiles = ['test/fuzz/setup.ts', 'test/restored-globals.ts'];
/**
 * The files of a worker share their modules: to load them again for each file took half of the unit tests' time. So a module keeps no
 * state that the next file could see, and no time that was read when it was loaded.
 */
const isolate = false;
// The default is a second.
const expect = { poll: { interval: 20, timeout: CONDITION_MS } };

export default defineConfig({
  test: {
    reporters: ['default', seedLine, new ProjectTimes(), closingLine],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          isolate,
          setupFiles,
          expect,
          include: ['test/unit/**/*.test.ts'],
          testTimeout: UNIT_TIMEOUT_MS,
          maxWorkers: '100%',
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: SIMULATION_TIMEOUT_MS,
          // Each file takes all cores.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'integration',
          isolate,
          setupFiles,
          expect,
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/global-setup.ts'],
          testTimeout: INTEGRATION_TIMEOUT_MS,
          hookTimeout: INTEGRATION_TIMEOUT_MS,
          maxWorkers: INTEGRATION_FILES_AT_ONCE,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'e2e',
          setupFiles,
          expect,
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/e2e/global-setup.ts'],
          testTimeout: E2E_TIMEOUT_MS,
          hookTimeout: E2E_TIMEOUT_MS,
          maxWorkers: E2E_FILES_AT_ONCE,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
