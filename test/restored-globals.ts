import { afterAll, vi } from 'vitest';

// The next file of the worker has the same globals, and the configuration puts them back before a test alone: not before that file's hooks.
afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});
