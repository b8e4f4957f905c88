import { describe, expect, it } from 'vitest';
import type { Benchmark, Benchmarks, Target } from '../../bench/page/benchmark.ts';
import { chartsOf, pageOf } from '../../bench/page/page.ts';
import type { Outcome, Run } from '../../bench/page/run.ts';

const least = (measured: number): Target => ({ name: 'speed / other', measured, wanted: 2, is: 'least' });

const benchmark = (title: string, rest: Partial<Benchmark<number>> = {}): Benchmark<number> => ({
  title,
  minutesMax: 1,
  measure: async () => 0,
  present: (figures) => ({ text: `It is ${figures}.`, targets: [least(figures)] }),
  ...rest,
});

const measured = (figures: unknown): Outcome => ({ at: '2026-03-10T10:00:00.000Z', seconds: 90, figures });
const failed = (reason: string): Outcome => ({ at: '2026-03-10T10:00:00.000Z', seconds: 3, failed: reason });

const run = (outcomes: Run['outcomes'], rest: Partial<Run> = {}): Run => ({
  machine: '2 x processor',
  load: 0.25,
  commit: 'abc123',
  isClean: true,
  outcomes,
  ...rest,
});

const page = (one: Run, benchmarks: Benchmarks = { speed: benchmark('Speed') }): string =>
  pageOf(one, benchmarks);
/** The cells of the row that begins so, without the spaces between them. */
const row = (text: string, first: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .find((cells) => cells[1] === first) ?? [];

describe('the page of a run', () => {
  it('names the commit, the time, the machine and what ran beside it', () => {
    const text = page(run({ speed: measured(3) }));
    expect(row(text, 'commit')[2]).toBe('`abc123`');
    expect(row(text, 'time (UTC)')[2]).toBe('2026-03-10 10:00 to 2026-03-10 10:01');
    expect(row(text, 'machine')[2]).toBe('2 x processor');
    expect(row(text, 'highest load before it')[2]).toBe('0.25');
  });

  it('says that the tree had changes', () => {
    expect(page(run({}, { isClean: false }))).toContain('with changes that are not in it');
  });

  it('has each figure in the section of its benchmark', () => {
    expect(page(run({ speed: measured(3) }))).toContain('## Speed\n\nIt is 3.');
  });

  it('says of a target that is reached that it holds', () => {
    const text = page(run({ speed: measured(2) }));
    expect(row(text, 'speed / other').slice(2, 5)).toEqual(['at least 2.00', '2.00', 'yes']);
    expect(text).toContain('1 of 1 hold.');
  });

  it('says of a target that is missed that it does not hold', () => {
    const text = page(run({ speed: measured(1.99) }));
    expect(row(text, 'speed / other').slice(2, 5)).toEqual(['at least 2.00', '1.99', '**no**']);
    expect(text).toContain('0 of 1 hold.');
  });

  it('counts a figure that is no number as a miss, in both directions', () => {
    const targets = [least(Number.NaN), { ...least(Number.NaN), is: 'most' as const }];
    const speed = benchmark('Speed', { present: () => ({ text: '', targets }) });
    expect(page(run({ speed: measured(1) }), { speed })).toContain('0 of 2 hold.');
  });

  it('marks a benchmark that failed, with the reason, and lists it beside the targets', () => {
    const text = page(run({ speed: failed('RangeError: too `slow`') }));
    expect(text).toContain("## Speed\n\n**Failed** after 3 s: `RangeError: too 'slow'`.");
    expect(text).toContain('0 of 0 hold. Without figures, and so without their targets: Speed.');
  });

  it('has no figure of a benchmark that was not measured in this run, nor of one that no longer exists', () => {
    const text = page(run({ older: measured(7) }));
    expect(text).toContain('## Speed\n\n**Not measured** in this run.');
    expect(text).not.toContain('It is');
  });

  it('has no figure that the benchmark can no longer read', () => {
    const speed = benchmark('Speed', {
      present: () => {
        throw new TypeError('no such figure');
      },
    });
    const text = page(run({ speed: measured({ older: 7 }) }), { speed });
    expect(text).toContain('**Not readable** by this version of the benchmark: `TypeError: no such figure`.');
    expect(text).toContain('0 of 0 hold. Without figures, and so without their targets: Speed.');
  });

  it('says how long each benchmark took', () => {
    const benchmarks = { speed: benchmark('Speed'), more: benchmark('More') };
    const text = page(run({ speed: measured(3), more: measured(3) }), benchmarks);
    expect(row(text, '`--only more`')[2]).toBe('1.5');
    expect(row(text, 'all')[2]).toBe('3.0');
  });
});

describe('the charts of a run', () => {
  it('have the ratios that have a target, and no figure with a unit', () => {
    const targets = [least(3), { ...least(4), name: 'memory', unit: 'MiB' }];
    const speed = benchmark('Speed', { present: () => ({ text: '', targets }) });
    const { 'benchmarks.svg': svg } = chartsOf(run({ speed: measured(3) }), { speed });
    expect(svg).toContain('speed / other');
    expect(svg).not.toContain('memory');
  });

  it('are one more for a benchmark that has its own', () => {
    const bars = [{ label: 'lanes', ratio: 2 }];
    const speed = benchmark('Speed', { chart: 'own.svg', present: () => ({ text: '', targets: [], bars }) });
    const one = run({ speed: measured(3) });
    expect(chartsOf(one, { speed })['own.svg']).toContain('lanes');
    expect(page(one, { speed })).toContain('![Speed](own.svg)');
  });

  it('are empty for a benchmark that failed, so that no earlier one stays', () => {
    const speed = benchmark('Speed', { chart: 'own.svg' });
    expect(chartsOf(run({ speed: failed('no') }), { speed })['own.svg']).not.toContain('class="label"');
  });
});
