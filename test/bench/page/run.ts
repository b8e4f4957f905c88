import { readFileSync, writeFileSync } from 'node:fs';
import * as z from 'zod';
import type { Benchmark, Sizes } from './benchmark.ts';
import { messageOf } from './message.ts';

/** What came of one benchmark: its figures, or why there are none. */
export const Outcome = z.object({
  /** When it began. */
  at: z.iso.datetime(),
  seconds: z.number(),
  figures: z.unknown().optional(),
  failed: z.string().optional(),
});
export type Outcome = z.infer<typeof Outcome>;

/** One run of the benchmarks: all that a page is made from. */
export const Run = z.object({
  machine: z.string(),
  /** How much ran on the machine in the minute before, as processes that wanted a processor. */
  load: z.number(),
  commit: z.string(),
  /** Whether the tree was that of the commit. */
  isClean: z.boolean(),
  outcomes: z.record(z.string(), Outcome),
});
export type Run = z.infer<typeof Run>;

/** Runs a benchmark. It never rejects: an error is an outcome. */
export async function outcomeOf({ measure }: Pick<Benchmark, 'measure'>, sizes: Sizes): Promise<Outcome> {
  const at = new Date().toISOString();
  const startedAt = performance.now();
  const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10;
  try {
    const figures = plain(await measure(sizes));
    return { at, seconds: seconds(), figures };
  } catch (error) {
    return { at, seconds: seconds(), failed: messageOf(error) };
  }
}

/** Reads a run that {@link writeRun} wrote. */
export const readRun = (file: string): Run => Run.parse(JSON.parse(readFileSync(file, 'utf8')));

export const writeRun = (file: string, run: Run): void => writeFileSync(file, jsonOf(run));

export const jsonOf = (run: Run): string => `${JSON.stringify(run, undefined, 2)}\n`;

/** Figures as JSON has them. @throws RangeError for one that is no number: `null` would read as a very good one. */
function plain(figures: unknown): unknown {
  const text = JSON.stringify(figures, (key, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${key} is ${value}`);
    return value;
  });
  return JSON.parse(text);
}
