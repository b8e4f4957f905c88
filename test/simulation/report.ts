import type { RunResult } from './run.ts';
import { START_MICROS } from './scheduler.ts';
import { encoded, type Shrunk } from './shrink.ts';

const MICROS_PER_SECOND = 1_000_000;

/** A run's steps, one a line, by the seconds since its beginning. */
export const traceText = ({ lines }: RunResult): string =>
  lines
    .map(
      ({ atMicros, text }) =>
        `${((atMicros - START_MICROS) / MICROS_PER_SECOND).toFixed(6).padStart(14)}  ${text}`,
    )
    .join('\n');

/** A failing seed as a person wants it: what is untrue, what it takes, every step, and how to see it again. */
export function failureText(failed: RunResult, { result, choices, runs }: Shrunk, bug?: string): string {
  const { violation, seed } = result;
  const all = failed.operations.length + failed.faults.length;
  const needed = choices.map((choice) =>
    'fault' in choice ? `  fault      ${choice.fault}` : operationText(failed, choice.operation),
  );
  const arguments_ = [
    `--seed ${seed}`,
    `--only '${encoded(choices)}'`,
    ...(bug === undefined ? [] : [`--bug ${bug}`]),
  ];
  return [
    `Seed ${seed} breaks "${violation?.invariant}": ${violation?.message}`,
    '',
    `It takes ${choices.length} of its ${all} operations and faults (${runs} runs to find out):`,
    ...needed,
    '',
    traceText(result),
    '',
    'See it again:',
    `  npm run simulate -- ${arguments_.join(' ')}`,
    `All of the seed: npm run simulate -- --seed ${seed}`,
  ].join('\n');
}

function operationText({ operations }: RunResult, id: number): string {
  const operation = operations.find((one) => one.id === id);
  return `  operation  ${id}: ${operation?.kind} at ${((operation?.atMs ?? 0) / 1_000).toFixed(3)} s`;
}
