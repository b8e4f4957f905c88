import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Benchmark } from '../../bench/page/benchmark.ts';
import { outcomeOf, type Run } from '../../bench/page/run.ts';
import { KeptOutcomes, keptOutcomesOf, runAll } from '../../bench/page/run-all.ts';

const benchmark: Benchmark = {
  title: 'One',
  minutesMax: 1,
  measure: async () => 1,
  present: () => ({ text: '', targets: [] }),
};
const benchmarks = { one: benchmark, two: benchmark };
const empty: Run = { machine: 'm', load: 0, commit: 'abc123', isClean: true, outcomes: {} };
const treeAtBegin = { commit: 'abc123', isClean: true };
const sizes = { soakOrders: 10 };
const at = '2026-03-10T10:00:00.000Z';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bench-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs all, and returns the names that were measured beside the run. */
async function measuredNow(
  kept: KeptOutcomes | undefined,
  failing: readonly string[] = [],
  { begun = empty, tree = () => treeAtBegin }: { begun?: Run; tree?: () => typeof treeAtBegin } = {},
) {
  const names: string[] = [];
  const measure = async (name: string) => {
    names.push(name);
    return failing.includes(name) ? { at, seconds: 1, failed: 'no' } : { at, seconds: 1, figures: name };
  };
  const run = await runAll(benchmarks, begun, { kept, measure, tree, show: () => undefined });
  return { names, run };
}

describe('a run of all benchmarks', () => {
  it('measures each, in their order', async () => {
    const { names, run } = await measuredNow(undefined);
    expect(names).toEqual(['one', 'two']);
    expect(run.outcomes['two']).toEqual({ at, seconds: 1, figures: 'two' });
  });

  it('goes on where the run before ended: what has figures is not measured again, what failed is', async () => {
    const kept = new KeptOutcomes(folder);
    await measuredNow(kept, ['two']);
    const { names, run } = await measuredNow(kept);
    expect(names).toEqual(['two']);
    expect(Object.values(run.outcomes).map(({ figures }) => figures)).toEqual(['one', 'two']);
  });

  it('measures the others after one that failed', async () => {
    const { names, run } = await measuredNow(undefined, ['one']);
    expect(names).toEqual(['one', 'two']);
    expect(run.outcomes['one']?.failed).toBe('no');
  });

  it('has the highest load of its parts when it goes on', async () => {
    const kept = new KeptOutcomes(folder);
    await measuredNow(kept, ['two'], { begun: { ...empty, load: 7 } });
    const { run } = await measuredNow(kept, [], { begun: { ...empty, load: 2 } });
    expect(run.load).toBe(7);
    expect((await measuredNow(kept)).run.load).toBe(7);
  });

  it('measures again what was measured on another machine', async () => {
    const kept = new KeptOutcomes(folder);
    await measuredNow(kept, [], { begun: { ...empty, machine: 'other' } });
    expect((await measuredNow(kept)).names).toEqual(['one', 'two']);
  });

  it.each([
    { commit: 'other', isClean: true },
    { commit: 'abc123', isClean: false },
  ])('keeps nothing that it measured while the tree was another one, and says so: %o', async (changed) => {
    const kept = new KeptOutcomes(folder);
    const { run } = await measuredNow(kept, [], { tree: () => changed });
    expect(run).toMatchObject({ commit: 'abc123', isClean: false });
    expect((await measuredNow(kept)).names).toEqual(['one', 'two']);
  });

  it('keeps nothing of a tree that is not its commit', () => {
    expect(keptOutcomesOf({ ...empty, isClean: false }, sizes)).toBeUndefined();
  });
});

describe('the outcome of a benchmark', () => {
  it('has its figures as JSON has them', async () => {
    const outcome = await outcomeOf({ measure: async () => ({ a: 1, b: undefined }) }, sizes);
    expect(outcome).toMatchObject({ figures: { a: 1 } });
  });

  it('is a failure with a reason if it throws', async () => {
    const measure = async () => {
      throw new RangeError('too slow\n    at a line');
    };
    expect(await outcomeOf({ measure }, sizes)).toMatchObject({ failed: 'RangeError: too slow' });
  });

  it('is a failure if a figure is no number', async () => {
    const outcome = await outcomeOf({ measure: async () => ({ ratio: Number.NaN }) }, sizes);
    expect(outcome).toMatchObject({ failed: 'RangeError: ratio is NaN' });
  });
});
