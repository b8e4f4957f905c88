import { describe, expect, it } from 'vitest';
import { traced } from '../../../pipelines/stream/trace.ts';

function keptTrace() {
  const reported: unknown[] = [];
  const trace = {
    begin: (...what: unknown[]) => {
      reported.push(what);
      return (end: string): void => void reported.push(end);
    },
  };
  return { trace, reported };
}

describe('traced work', () => {
  it('returns what it returns without one, and ends well after it', async () => {
    const { trace, reported } = keptTrace();
    const work = async (): Promise<number> => reported.push('work');
    expect(await traced(trace, 'search', { of: 'remote' }, work)).toBe(2);
    expect(reported).toEqual([['search', { of: 'remote' }], 'work', 'ok']);
  });

  it('that throws is a fault, and throws the same', async () => {
    const { trace, reported } = keptTrace();
    const error = new RangeError('broken');
    await expect(traced(trace, 'search', {}, async () => Promise.reject(error))).rejects.toBe(error);
    expect(reported).toEqual([['search', {}], 'fault']);
  });
});
