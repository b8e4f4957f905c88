import { describe, expect, it } from 'vitest';
import type { LocalPart } from '../../../infra/local/machine/local-part.ts';
import { RestartablePart } from '../../../infra/local/parts/restartable-part.ts';

function partOf(pid: number | undefined, dataDir: string | undefined) {
  const exited = Promise.withResolvers<void>();
  let starts = 0;
  const process: LocalPart = {
    name: 'OpenSearch',
    endpoint: 'http://127.0.0.1:1',
    pid,
    exited: exited.promise,
    stop: async () => undefined,
  };
  const crashed = Promise.withResolvers<void>();
  const part = new RestartablePart({
    start: async () => {
      starts += 1;
      return process;
    },
    options: { port: 1, dataDir },
    onCrash: () => crashed.resolve(),
  });
  const crash = (): Promise<void> => {
    exited.resolve();
    return crashed.promise;
  };
  return { part, crash, starts: () => starts };
}

describe('a restart of a part', () => {
  it('is refused for a server that an environment variable names', async () => {
    const { part, starts } = partOf(undefined, 'data');
    await part.start();
    await expect(part.restart()).rejects.toMatchObject({ code: 'part-not-owned' });
    expect(starts()).toBe(1);
  });

  it('is refused for a part with its data in memory, also after its crash', async () => {
    const { part, crash } = partOf(1, undefined);
    await part.start();
    await crash();
    await expect(part.restart()).rejects.toMatchObject({ code: 'part-keeps-nothing' });
  });

  it('starts a part that has crashed', async () => {
    const { part, crash, starts } = partOf(1, 'data');
    await part.start();
    await crash();
    await part.restart();
    expect(starts()).toBe(2);
  });
});
