import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../infra/local/machine/project-root.ts';
import { userEnvironment } from '../../bench/npm-run.ts';

describe('the environment of a script that is measured', () => {
  it("has nothing of the benchmark's own start", () => {
    const bin = join(PROJECT_ROOT, 'node_modules', '.bin');
    const env = { HOME: '/h', NODE_COMPILE_CACHE: 'c', CHECKED_JAVA: 'j', RUN_BY_PID: '1' };
    expect(userEnvironment({ ...env, PATH: `${bin}:/usr/bin` })).toEqual({ HOME: '/h', PATH: '/usr/bin' });
  });
});
