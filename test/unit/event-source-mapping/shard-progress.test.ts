import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShardProgress } from '../../../infra/local/event-source-mapping/shards.ts';

describe('the checkpoint of a shard', () => {
  it('is absent before anything is handled', () => {
    const progress = new ShardProgress();
    progress.noteRead('1');
    expect(progress.checkpoint).toBeUndefined();
  });

  it('is the earlier run’s until something is handled', () => {
    expect(new ShardProgress('7').checkpoint).toBe('7');
  });

  it('waits for the lowest unhandled record, then passes what was handled in the meantime', () => {
    const progress = new ShardProgress();
    for (const sequenceNumber of ['1', '2', '3']) progress.noteRead(sequenceNumber);
    progress.noteHandled(['2', '3']);
    expect(progress.checkpoint).toBeUndefined();
    progress.noteHandled(['1']);
    expect(progress.checkpoint).toBe('3');
  });

  it('is reported where it changed, and only there', () => {
    const progress = new ShardProgress('0');
    for (const sequenceNumber of ['1', '2', '3']) progress.noteRead(sequenceNumber);
    expect([progress.noteHandled(['2']), progress.noteHandled(['1']), progress.noteHandled([])]).toEqual([
      undefined,
      '2',
      undefined,
    ]);
    expect(progress.checkpoint).toBe('2');
  });

  it('leaves ahead what was read past it, handled or not', () => {
    const progress = new ShardProgress();
    for (const sequenceNumber of ['1', '2', '3']) progress.noteRead(sequenceNumber);
    progress.noteHandled(['1', '3']);
    expect(progress.ahead).toBe(2);
  });

  it('never passes an unhandled record and never lags behind the lowest, for any order of handling', () => {
    const orders = fc.integer({ min: 1, max: 3_000 }).chain((n) =>
      fc
        .shuffledSubarray(
          Array.from({ length: n }, (_, i) => i),
          { minLength: 0 },
        )
        .map((order) => ({ n, order })),
    );
    fc.assert(
      fc.property(orders, ({ n, order }) => {
        const progress = new ShardProgress();
        for (let i = 0; i < n; i += 1) progress.noteRead(String(i));
        const handled = new Set<number>();
        for (const i of order) {
          progress.noteHandled([String(i)]);
          handled.add(i);
        }
        let expected = -1;
        while (handled.has(expected + 1)) expected += 1;
        expect(progress.checkpoint).toBe(expected === -1 ? undefined : String(expected));
      }),
      { numRuns: 50 },
    );
  });
});
