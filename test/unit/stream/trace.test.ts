import { describe, expect, it } from 'vitest';
import { traced } from '../../../pipelines/stream/trace.ts';

function keptTrace() {
  const told: unknown[] = [];
  const trace = {
    begin: (...what: unknown[]) => {
      told.push(what);
      return (end: string): void => void told.push(end);
    },
  };
  return { trace, told };
}

describe('traced work', () => {
  it('gives what it gives by itself, and ends well after it', async () => {
    const { trace, told } = keptTrace();
    const work = async (): Promise<number> => told.push('work');
    expect(await traced(trace, 'search', { of: 'remote' }, work)).toBe(2);
    expect(told).toEqual([['search', { of: 'remote' }], 'work', 'ok']);
  });

  it('that throws is a fault, and throws the same', async () => {
    const { trace, told } = keptTrace();
    const error = new RangeError('broken');
    await expect(traced(trace, 'search', {}, async () => Promise.reject(error))).rejects.toBe(error);
    expect(told).toEqual([['search', {}], 'fault']);
  });
});
