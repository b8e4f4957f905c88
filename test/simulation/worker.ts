import { parentPort } from 'node:worker_threads';
import type { SeedRange, SeedsRun } from './pool.ts';
import { installVirtualTime } from './virtual-time.ts';

installVirtualTime();
// Thousands of errors are made on purpose, and their stacks are not used.
Error.stackTraceLimit = 0;
// A read of Node's own asks the process each time, and Powertools reads for each batch.
process.env = { ...process.env };
const { run } = await import('./run.ts');
const { choicesOf, shrink } = await import('./shrink.ts');
const { failureText } = await import('./report.ts');
const { bugNamed } = await import('./bugs.ts');
const { kindOf } = await import('./faults.ts');

parentPort?.on('message', async (range: SeedRange) => {
  const hashes: (readonly [number, string])[] = [];
  const faults: Record<string, number> = {};
  const states = new Set<string>();
  let [steps, virtualSeconds] = [0, 0];
  let failure: SeedsRun['failure'];
  const seams = range.bug === undefined ? {} : { seams: bugNamed(range.bug).seams };
  const upwards = Array.from({ length: range.count }, (_, n) => range.from + n);
  for (const seed of range.isDownwards ? upwards.toReversed() : upwards) {
    const result = await run(seed, seams);
    hashes.push([seed, result.hash]);
    steps += result.steps;
    virtualSeconds += result.virtualSeconds;
    for (const id of result.faults) {
      const kind = kindOf(id) ?? 'unknown';
      faults[kind] = (faults[kind] ?? 0) + 1;
    }
    for (const state of result.states) states.add(state);
    if (result.violation === undefined) continue;
    const { invariant, message } = result.violation;
    const all = choicesOf(result).length;
    failure = { seed, invariant, message, needed: all, all, text: '' };
    if (!range.isShrinking) break;
    const shrunk = await shrink(result, seams);
    failure = { ...failure, needed: shrunk.choices.length, text: failureText(result, shrunk, range.bug) };
    break;
  }
  const outcome: SeedsRun = {
    from: range.from,
    hashes,
    steps,
    virtualSeconds,
    faults,
    states: [...states],
    failure,
  };
  parentPort?.postMessage(outcome);
});
