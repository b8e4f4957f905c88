import { defineConfig } from 'vitest/config';

/** A property that does not hold: what test/unit/fuzz/property-round.test.ts has found. */
export default defineConfig({
  test: {
    include: ['test/unit/fuzz/planted/planted.property.ts'],
    setupFiles: ['test/fuzz/setup.ts'],
  },
});
